#include "sim/line.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#include "sim/pace.h"

enum { CLOSED_POLL_MS = 10, PATH_SIZE = 64, LEAD_NS = 40000 };

struct line {
	struct line_conf conf;
	char link[PATH_MAX];
	struct faults *faults;
	speed_t speed;           /* conf.baud as termios says it, 0 = no such constant */
	int client, server, wake;            /* master A (-1: unplugged), master B, eventfd */
	char server_path[PATH_SIZE];
	pthread_t thread;
	bool running;
	atomic_bool stop;
	_Atomic int64_t turn_ns;             /* when the answer to the last request may begin */

	/* of the thread */
	bool open;                           /* a client has the port open */
	uint8_t in[PACE_FRAME_MAX];
	int in_n;
	int64_t in_end_ns;                   /* when its last octet is over */
	struct pace_out out;
	bool out_is_answer;
	int64_t frame_end_ns;                /* of the last answer, for the silence that the client owes */
	uint64_t random;

	pthread_mutex_t lock;                /* of what follows */
	char client_path[PATH_SIZE];
	struct line_stats stats;
	int64_t since_ns;
};

/* ---- the two terminals ---- */

static const struct { uint32_t baud; speed_t speed; } speeds[] = {
	{ 1200, B1200 }, { 2400, B2400 }, { 4800, B4800 }, { 9600, B9600 }, { 19200, B19200 }, { 38400, B38400 },
	{ 57600, B57600 }, { 115200, B115200 }, { 230400, B230400 }, { 460800, B460800 }, { 921600, B921600 },
};

static speed_t speed_of(uint32_t baud)
{
	for (size_t i = 0; i < sizeof speeds / sizeof *speeds; i++)
		if (speeds[i].baud == baud)
			return speeds[i].speed;
	return 0;
}

/* A master whose slave side does not echo or change an octet.  -1 with errno. */
static int master_make(char *slave_path, size_t size)
{
	int fd = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC | O_NONBLOCK);
	if (fd < 0)
		return -1;
	struct termios t;
	if (grantpt(fd) != 0 || unlockpt(fd) != 0 || ptsname_r(fd, slave_path, size) != 0 || tcgetattr(fd, &t) != 0) {
		close(fd);
		return -1;
	}
	cfmakeraw(&t);
	tcsetattr(fd, TCSANOW, &t);
	return fd;
}

/* A link of an earlier run may lie there; anything else is somebody's. */
static bool link_put(const char *link, const char *target)
{
	char old[PATH_SIZE];
	ssize_t n = readlink(link, old, sizeof old - 1);
	if (n > 0) {
		old[n] = 0;
		if (strncmp(old, "/dev/pts/", 9) == 0)
			unlink(link);
	}
	return symlink(target, link) == 0;
}

static void link_remove(const char *link, const char *target)
{
	char there[PATH_SIZE];
	ssize_t n = readlink(link, there, sizeof there - 1);
	if (n > 0 && (size_t)n == strlen(target) && memcmp(there, target, (size_t)n) == 0)
		unlink(link);
}

static bool client_plug(struct line *l)
{
	char path[PATH_SIZE];
	int fd = master_make(path, sizeof path);
	if (fd < 0)
		return false;
	if (l->link[0] && !link_put(l->link, path)) {
		int e = errno;
		close(fd);
		errno = e;
		return false;
	}
	pthread_mutex_lock(&l->lock);
	memcpy(l->client_path, path, sizeof path);
	pthread_mutex_unlock(&l->lock);
	l->client = fd;
	l->open = true;          /* until the first hang-up says otherwise: a master that was never opened does not report one */
	return true;
}

static void client_unplug(struct line *l)
{
	if (l->client < 0)
		return;
	if (l->link[0])
		link_remove(l->link, l->client_path);
	close(l->client);
	l->client = -1;
	l->open = false;
	l->in_n = 0;
	l->out.n = l->out.sent = 0;
}

struct line *line_make(const struct line_conf *conf, struct faults *faults, struct err_at *why)
{
	const char *name = conf->link ? conf->link : "pty";
	struct line *l = calloc(1, sizeof *l);
	if (!l) {
		err_set(why, name, 0, "no memory");
		return NULL;
	}
	l->conf = *conf;
	l->faults = faults;
	l->speed = speed_of(conf->baud);
	l->client = l->server = -1;
	l->random = 0x9E3779B97F4A7C15u;
	snprintf(l->link, sizeof l->link, "%s", conf->link ? conf->link : "");
	pthread_mutex_init(&l->lock, NULL);
	l->since_ns = mono_now().ns;
	l->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	l->server = master_make(l->server_path, sizeof l->server_path);
	if (l->wake < 0 || l->server < 0 || !client_plug(l)) {
		err_set(why, name, 0, "%s", strerror(errno));
		line_free(l);
		return NULL;
	}
	return l;
}

void line_free(struct line *l)
{
	if (!l)
		return;
	client_unplug(l);
	if (l->server >= 0)
		close(l->server);
	if (l->wake >= 0)
		close(l->wake);
	pthread_mutex_destroy(&l->lock);
	free(l);
}

const char *line_server_path(const struct line *l)
{
	return l->server_path;
}

void line_client_path(struct line *l, char *path, size_t size)
{
	pthread_mutex_lock(&l->lock);
	snprintf(path, size, "%s", l->client_path);
	pthread_mutex_unlock(&l->lock);
}

/* ---- accounting ---- */

static void count_in(struct line *l, int octets, int64_t begin_ns, bool first, bool lost)
{
	int64_t owed = pace_silence_ns(l->conf.baud), kept = begin_ns - l->frame_end_ns;
	pthread_mutex_lock(&l->lock);
	l->stats.octets_in += (uint64_t)octets;
	l->stats.frames_in += first;
	l->stats.wrong_speed += lost;
	l->stats.busy_ns += pace_octets_ns(l->conf.baud, octets);
	if (l->frame_end_ns) {
		l->stats.busy_ns += kept > owed ? owed : kept > 0 ? kept : 0;
		l->stats.early += kept < owed;
	}
	l->frame_end_ns = 0;
	pthread_mutex_unlock(&l->lock);
}

static void count_out(struct line *l, int octets, bool answer)
{
	pthread_mutex_lock(&l->lock);
	l->stats.octets_out += (uint64_t)octets;
	l->stats.busy_ns += pace_octets_ns(l->conf.baud, octets);
	if (answer) {
		l->stats.frames_out++;
		l->stats.busy_ns += pace_silence_ns(l->conf.baud);       /* the one before it */
	}
	pthread_mutex_unlock(&l->lock);
}

void line_stats(struct line *l, struct line_stats *s)
{
	pthread_mutex_lock(&l->lock);
	*s = l->stats;
	s->elapsed_ns = mono_now().ns - l->since_ns;
	pthread_mutex_unlock(&l->lock);
}

void line_stats_reset(struct line *l)
{
	pthread_mutex_lock(&l->lock);
	memset(&l->stats, 0, sizeof l->stats);
	l->since_ns = mono_now().ns;
	pthread_mutex_unlock(&l->lock);
}

/* ---- client to server ---- */

static bool speed_fits(struct line *l)
{
	struct termios t;
	if (l->conf.any_speed || !l->speed || tcgetattr(l->client, &t) != 0)
		return true;
	return cfgetospeed(&t) == l->speed;
}

static void take_from_client(struct line *l, int64_t now)
{
	uint8_t octets[PACE_FRAME_MAX];
	ssize_t n = read(l->client, octets, sizeof octets);
	if (n <= 0)
		return;
	bool lost = !speed_fits(l);
	int64_t begin = l->in_n ? l->in_end_ns : now;
	if (begin < now)
		begin = now;
	count_in(l, (int)n, begin, l->in_n == 0, lost);
	if (lost)
		return;
	int room = PACE_FRAME_MAX - l->in_n;
	int fits = n < room ? (int)n : room;
	memcpy(l->in + l->in_n, octets, (size_t)fits);
	l->in_n += fits;
	l->in_end_ns = begin + pace_octets_ns(l->conf.baud, n);
}

static void give_to_server(struct line *l)
{
	atomic_store(&l->turn_ns, l->in_end_ns + pace_silence_ns(l->conf.baud));
	ssize_t n = write(l->server, l->in, (size_t)l->in_n);
	(void)n;                 /* a server that does not read loses octets, as behind a full UART */
	l->in_n = 0;
}

void line_wait_turn(struct line *l)
{
	mono_sleep_until((struct mono){ atomic_load(&l->turn_ns) });
}

/* ---- server to client ---- */

static uint8_t random_octet(struct line *l)
{
	l->random ^= l->random << 13;
	l->random ^= l->random >> 7;
	l->random ^= l->random << 17;
	return (uint8_t)(l->random >> 32);
}

static void add_noise(struct line *l, int octets)
{
	for (int i = 0; i < octets; i++) {
		uint8_t o = random_octet(l);
		pace_add(&l->out, &o, 1);
	}
}

static void take_from_server(struct line *l, int64_t now)
{
	uint8_t octets[PACE_FRAME_MAX];
	ssize_t n = read(l->server, octets, sizeof octets);
	struct mono at = { now };
	int32_t argument = 0;
	if (n <= 0 || l->client < 0 || faults_active(l->faults, FAULT_BABBLE, at, NULL))
		return;
	if (pace_busy(&l->out)) {        /* the rest of an answer that came in two pieces */
		pace_add(&l->out, octets, (int)n);
		return;
	}
	if (faults_hit(l->faults, FAULT_CRC, at, NULL))
		octets[n - 1] ^= 0x10;
	if (faults_hit(l->faults, FAULT_TRUNCATE, at, &argument) && argument < n)
		n = argument;
	int64_t gap = faults_hit(l->faults, FAULT_GAPS, at, &argument) ? (int64_t)argument * 1000000 : 0;
	bool noise = faults_hit(l->faults, FAULT_NOISE, at, &argument);
	int64_t start = pace_start_ns(l->conf.baud, atomic_load(&l->turn_ns), now);
	if (start < l->frame_end_ns)
		start = l->frame_end_ns;
	pace_begin(&l->out, l->conf.baud, l->conf.fifo, start, gap);
	if (noise)
		add_noise(l, argument);
	pace_add(&l->out, octets, (int)n);
	if (noise)
		add_noise(l, argument);
	l->out_is_answer = true;
}

/* The last octet is the one that the client waits for: for it the thread comes early and waits the rest awake, because a wake-up
 * takes some time itself. */
static int64_t wake_ns(const struct pace_out *p)
{
	bool last = p->sent + p->fifo >= p->n;
	return pace_next_ns(p) - (last ? LEAD_NS : 0);
}

static void give_to_client(struct line *l, int64_t now)
{
	const uint8_t *octets;
	while (pace_busy(&l->out) && now >= wake_ns(&l->out) && now < pace_next_ns(&l->out))
		now = mono_now().ns;
	int n = pace_take(&l->out, now, &octets);
	if (n == 0)
		return;
	if (l->open) {
		ssize_t w = write(l->client, octets, (size_t)n);
		(void)w;         /* a client that does not read loses octets */
	}
	count_out(l, n, l->out_is_answer && !pace_busy(&l->out));
	if (!pace_busy(&l->out)) {
		l->frame_end_ns = l->out_is_answer ? pace_end_ns(&l->out) : 0;
		l->out_is_answer = false;
	}
}

static void babble(struct line *l, int64_t now)
{
	if (pace_busy(&l->out) || !faults_active(l->faults, FAULT_BABBLE, (struct mono){ now }, NULL))
		return;
	pace_begin(&l->out, l->conf.baud, 8, now, 0);
	add_noise(l, 64);
	l->out_is_answer = false;
}

/* ---- the thread ---- */

/* The client has closed the port: what it has not read is gone, as in a real driver. */
static void hang_up(struct line *l)
{
	l->open = false;
	l->in_n = 0;
	int slave = open(l->client_path, O_RDWR | O_NOCTTY | O_CLOEXEC | O_NONBLOCK);
	if (slave < 0)
		return;
	tcflush(slave, TCIOFLUSH);
	close(slave);
}

static void look_after_plug(struct line *l, int64_t now)
{
	bool away = faults_active(l->faults, FAULT_UNPLUG, (struct mono){ now }, NULL);
	if (away)
		client_unplug(l);
	else if (l->client < 0)
		client_plug(l);
}

/* How long nothing happens unless somebody writes. */
static int64_t quiet_ns(const struct line *l, int64_t now)
{
	int64_t next = INT64_MAX;
	if (l->client < 0 || !l->open)
		next = now + (int64_t)CLOSED_POLL_MS * 1000000;
	if (pace_busy(&l->out) && wake_ns(&l->out) < next)
		next = wake_ns(&l->out);
	if (l->in_n && l->in_end_ns < next)
		next = l->in_end_ns;
	return next == INT64_MAX ? -1 : next > now ? next - now : 0;
}

void line_hurry(void)
{
	struct sched_param priority = { .sched_priority = 1 };
	prctl(PR_SET_TIMERSLACK, 1);
	(void)pthread_setschedparam(pthread_self(), SCHED_RR, &priority);
}

static void *run(void *argument)
{
	struct line *l = argument;
	line_hurry();
	while (!atomic_load(&l->stop)) {
		int64_t now = mono_now().ns;
		look_after_plug(l, now);
		if (l->client >= 0)
			babble(l, now);
		int64_t wait = quiet_ns(l, now);
		struct timespec t = { wait / 1000000000, wait % 1000000000 };
		struct pollfd fds[] = {
			{ .fd = l->wake, .events = POLLIN },
			{ .fd = l->server, .events = POLLIN },
			{ .fd = l->open ? l->client : -1, .events = POLLIN },
		};
		if (ppoll(fds, 3, wait < 0 ? NULL : &t, NULL) < 0 && errno != EINTR)
			break;
		now = mono_now().ns;
		uint64_t woken;
		if (fds[0].revents && read(l->wake, &woken, sizeof woken) < 0)
			continue;
		if (fds[2].revents & POLLIN)
			take_from_client(l, now);
		else if (fds[2].revents & (POLLHUP | POLLERR))
			hang_up(l);
		else if (!l->open && l->client >= 0) {
			struct pollfd client = { .fd = l->client, .events = POLLIN };
			l->open = poll(&client, 1, 0) >= 0 && !(client.revents & POLLHUP);
		}
		if (l->in_n && now >= l->in_end_ns)
			give_to_server(l);
		if (fds[1].revents & POLLIN)
			take_from_server(l, now);
		if (l->client >= 0)
			give_to_client(l, now);
	}
	return NULL;
}

bool line_start(struct line *l)
{
	l->running = pthread_create(&l->thread, NULL, run, l) == 0;
	return l->running;
}

void line_wake(struct line *l)
{
	uint64_t one = 1;
	ssize_t n = write(l->wake, &one, sizeof one);
	(void)n;
}

void line_stop(struct line *l)
{
	if (!l->running)
		return;
	atomic_store(&l->stop, true);
	line_wake(l);
	pthread_join(l->thread, NULL);
	l->running = false;
	close(l->server);
	l->server = -1;
}
