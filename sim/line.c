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

	bool open;                           /* of the thread: a client has the port open */

	pthread_mutex_t lock;                /* of what follows */
	struct wire wire;
	char client_path[PATH_SIZE];
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
	pthread_mutex_lock(&l->lock);
	wire_cut(&l->wire);
	pthread_mutex_unlock(&l->lock);
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
	snprintf(l->link, sizeof l->link, "%s", conf->link ? conf->link : "");
	pthread_mutex_init(&l->lock, NULL);
	wire_make(&l->wire, conf->baud, conf->fifo, faults);
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

void line_stats(struct line *l, struct line_stats *s)
{
	pthread_mutex_lock(&l->lock);
	s->wire = l->wire.stats;
	s->under_way = wire_next_ns(&l->wire) != INT64_MAX;
	s->elapsed_ns = mono_now().ns - l->since_ns;
	pthread_mutex_unlock(&l->lock);
}

void line_stats_reset(struct line *l)
{
	pthread_mutex_lock(&l->lock);
	l->wire.stats = (struct wire_stats){ 0 };
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
	if (n > 0)
		wire_from_client(&l->wire, octets, (int)n, speed_fits(l), now);
}

/* A server that does not read loses octets, as behind a full UART. */
static void give_to_server(struct line *l, int64_t now)
{
	const uint8_t *octets;
	int n = wire_to_slave(&l->wire, now, &octets);
	if (!n)
		return;
	atomic_store(&l->turn_ns, l->wire.turn_ns);
	ssize_t written = write(l->server, octets, (size_t)n);
	(void)written;
}

void line_wait_turn(struct line *l)
{
	mono_sleep_until((struct mono){ atomic_load(&l->turn_ns) });
}

static void take_from_server(struct line *l, int64_t now)
{
	uint8_t octets[PACE_FRAME_MAX];
	ssize_t n = read(l->server, octets, sizeof octets);
	if (n > 0 && l->client >= 0)
		wire_from_slave(&l->wire, octets, (int)n, now);
}

/* The last octet is the one that the client waits for: for it the thread comes early and waits the rest awake, because a wake-up
 * takes some time itself. */
static int64_t wake_ns(const struct wire *w)
{
	int64_t next = wire_next_ns(w);
	return next == INT64_MAX || !wire_last_octet(w) ? next : next - LEAD_NS;
}

static void give_to_client(struct line *l, int64_t now)
{
	const uint8_t *octets;
	while (wire_last_octet(&l->wire) && now >= wake_ns(&l->wire) && now < wire_next_ns(&l->wire))
		now = mono_now().ns;
	int n = wire_to_client(&l->wire, now, &octets);
	if (n && l->open) {
		ssize_t written = write(l->client, octets, (size_t)n);
		(void)written;           /* a client that does not read loses octets */
	}
}

/* ---- the thread ---- */

/* The client has closed the port: what it has not read is gone, as in a real driver.  What the next one has written by now is not. */
static void hang_up(struct line *l)
{
	l->open = false;
	wire_hang_up(&l->wire);
	int slave = open(l->client_path, O_RDWR | O_NOCTTY | O_CLOEXEC | O_NONBLOCK);
	if (slave < 0)
		return;
	tcflush(slave, TCIFLUSH);
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
	int64_t next = wake_ns(&l->wire);
	if ((l->client < 0 || !l->open) && now + (int64_t)CLOSED_POLL_MS * 1000000 < next)
		next = now + (int64_t)CLOSED_POLL_MS * 1000000;
	return next == INT64_MAX ? -1 : next > now ? next - now : 0;
}

void line_hurry(void)
{
	struct sched_param priority = { .sched_priority = 1 };
	prctl(PR_SET_TIMERSLACK, 1);
	(void)pthread_setschedparam(pthread_self(), SCHED_RR, &priority);
}

/* What the three descriptors have, through the wire.  Under the lock: the accounting is read by others. */
static void move_octets(struct line *l, short from_server, short from_client, int64_t now)
{
	pthread_mutex_lock(&l->lock);
	if (from_client & POLLIN)
		take_from_client(l, now);
	else if (from_client & (POLLHUP | POLLERR))
		hang_up(l);
	give_to_server(l, now);
	if (from_server & POLLIN)
		take_from_server(l, now);
	if (l->client >= 0)
		give_to_client(l, now);
	pthread_mutex_unlock(&l->lock);
}

/* A master does not say when its other side is opened: it is looked at again and again. */
static void look_for_client(struct line *l)
{
	struct pollfd client = { .fd = l->client, .events = POLLIN };
	l->open = poll(&client, 1, 0) >= 0 && !(client.revents & POLLHUP);
}

static bool turn(struct line *l)
{
	int64_t now = mono_now().ns;
	look_after_plug(l, now);
	pthread_mutex_lock(&l->lock);
	if (l->client >= 0)
		wire_babble(&l->wire, now);
	int64_t wait = quiet_ns(l, now);
	pthread_mutex_unlock(&l->lock);
	struct timespec t = { wait / 1000000000, wait % 1000000000 };
	struct pollfd fds[] = {
		{ .fd = l->wake, .events = POLLIN },
		{ .fd = l->server, .events = POLLIN },
		{ .fd = l->open ? l->client : -1, .events = POLLIN },
	};
	bool was_open = l->open;
	uint64_t woken;
	if (ppoll(fds, 3, wait < 0 ? NULL : &t, NULL) < 0)
		return errno == EINTR;
	if (fds[0].revents && read(l->wake, &woken, sizeof woken) < 0)
		return true;
	move_octets(l, fds[1].revents, fds[2].revents, mono_now().ns);
	if (!was_open && l->client >= 0)
		look_for_client(l);
	return true;
}

static void *run(void *argument)
{
	struct line *l = argument;
	line_hurry();
	while (!atomic_load(&l->stop) && turn(l))
		;
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
