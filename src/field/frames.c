#include "field/frames.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* ---- asking ---- */

static int ask_bits(modbus_t *ctx, const struct line_question *q, uint16_t *words)
{
	uint8_t bits[MODBUS_MAX_READ_BITS];
	int n = q->function == 1 ? modbus_read_bits(ctx, q->address, q->count, bits) :
		modbus_read_input_bits(ctx, q->address, q->count, bits);
	for (int i = 0; i < n; i++)
		words[i] = bits[i];
	return n;
}

static int ask(modbus_t *ctx, const struct line_question *q, uint16_t *words)
{
	switch (q->function) {
	case 1:
	case 2:
		return ask_bits(ctx, q, words);
	case 3:
		return modbus_read_registers(ctx, q->address, q->count, words);
	case 4:
		return modbus_read_input_registers(ctx, q->address, q->count, words);
	case LINE_WRITE:
		return modbus_write_registers(ctx, q->address, q->count, q->word);
	}
	errno = EMBBADDATA;
	return -1;
}

static struct line_answer failure(int error)
{
	if (error > MODBUS_ENOBASE && error <= EMBXGTAR) {
		uint8_t code = (uint8_t)(error - MODBUS_ENOBASE);
		bool nobody = code == LINE_EXCEPTION_NO_PATH || code == LINE_EXCEPTION_NO_TARGET;
		return (struct line_answer){ .result = nobody ? LINE_NOBODY : LINE_EXCEPTION, .exception = code };
	}
	switch (error) {
	case EMBBADCRC:
		return (struct line_answer){ .result = LINE_CRC };
	case ETIMEDOUT:
	case EAGAIN:                     /* the request does not leave: nobody takes octets at the other end */
		return (struct line_answer){ .result = LINE_TIMEOUT };
	case EMBBADDATA:
	case EMBBADEXC:
	case EMBMDATA:
	case EMBBADSLAVE:
	case MODBUS_ENOBASE:
		return (struct line_answer){ .result = LINE_BAD };
	}
	return (struct line_answer){ .result = LINE_GONE };
}

struct line_answer frames_ask(modbus_t *ctx, const struct line_question *q, uint16_t *words)
{
	uint16_t answer[LINE_WORDS_MAX];
	modbus_set_slave(ctx, q->slave);
	int n = ask(ctx, q, answer);
	if (n < 0)
		return failure(errno);
	if (n != q->count)
		return (struct line_answer){ .result = LINE_BAD };
	if (q->function != LINE_WRITE)
		memcpy(words, answer, q->count * sizeof words[0]);
	return (struct line_answer){ .result = LINE_ANSWER };
}

/* ---- on a pair of sockets ---- */

bool frames_open(struct frames *f)
{
	int pair[2];
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, pair) != 0)
		return false;
	*f = (struct frames){ modbus_new_rtu("none", 9600, 'N', 8, 1), pair[0], pair[1] };
	if (!f->ctx || pair[0] >= FD_SETSIZE) {          /* libmodbus uses select() without looking */
		frames_close(f);
		return false;
	}
	modbus_set_socket(f->ctx, f->inner);
	modbus_set_error_recovery(f->ctx, MODBUS_ERROR_RECOVERY_NONE);
	modbus_set_byte_timeout(f->ctx, 0, 0);
	modbus_set_response_timeout(f->ctx, 0, 1);       /* what is to be judged is there already */
	return true;
}

void frames_close(struct frames *f)
{
	if (f->inner == f->outer)                        /* never opened */
		return;
	modbus_free(f->ctx);                             /* does not close */
	close(f->inner);
	close(f->outer);
	*f = (struct frames){ 0 };
}

static int take(int fd, uint8_t *to, size_t size)
{
	ssize_t n = recv(fd, to, size, MSG_DONTWAIT);
	return n > 0 ? (int)n : 0;
}

static void drain(int fd)
{
	uint8_t octets[FRAMES_MAX];
	while (take(fd, octets, sizeof octets) > 0)
		;
}

int frames_request(struct frames *f, const struct line_question *q, uint8_t frame[FRAMES_MAX])
{
	uint8_t raw[LINE_RAW_MAX];
	int n = line_raw(q, raw);
	modbus_set_slave(f->ctx, q->slave);
	if (modbus_send_raw_request(f->ctx, raw, n) < 0)
		return 0;
	return take(f->outer, frame, FRAMES_MAX);
}

struct line_answer frames_judge(struct frames *f, const struct line_question *q, const uint8_t *octets, int n, uint16_t *words)
{
	if (send(f->outer, octets, (size_t)n, MSG_DONTWAIT | MSG_NOSIGNAL) != n)
		return (struct line_answer){ .result = LINE_BAD };
	struct line_answer a = frames_ask(f->ctx, q, words);
	drain(f->inner);                                 /* what libmodbus did not take */
	drain(f->outer);                                 /* the question that it asked once more */
	return a;
}
