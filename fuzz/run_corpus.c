/* Runs a fuzz target over a corpus with any compiler: each file as it is, every shorter prefix of it, and mutations of it.
 *
 *   fuzz-NAME [--seed N] [--rounds N] [--prefixes N] [--save FILE] FILE-OR-DIRECTORY...
 *
 * The input lies against an unreadable page, so that reading one octet too far ends the run even without a sanitizer.  The target
 * runs in a child; the octets that it works on stand in memory shared with the parent, which writes them to --save when the child
 * dies, so that a crash leaves its frame.  A directory that is not there is an empty corpus; the empty input and short random ones
 * are always tried.  Exit 1: the target died or took longer than a minute over one file. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { INPUT_MAX = 1 << 18, PREFIXES_MAX = 4096, SECONDS_A_FILE = 60 };

struct shared {                  /* between the child and its parent */
	char origin[512];            /* file and what was done to it */
	size_t size;
	uint64_t runs, files;
	uint8_t octets[INPUT_MAX];
};

struct run {
	struct shared *now;
	uint8_t *fence;              /* start of the unreadable page */
	uint64_t random;
	long rounds, prefixes;       /* of each file, at most */
};

/* xorshift64*: the same mutations from the same seed on every machine. */
static uint64_t next_random(struct run *r)
{
	r->random ^= r->random >> 12;
	r->random ^= r->random << 25;
	r->random ^= r->random >> 27;
	return r->random * 0x2545F4914F6CDD1Du;
}

static size_t random_below(struct run *r, size_t n)
{
	return n ? (size_t)(next_random(r) % n) : 0;
}

static void run_one(struct run *r, const uint8_t *octets, size_t size)
{
	r->now->size = size;
	if (size)
		memcpy(r->now->octets, octets, size);
	uint8_t *input = r->fence - size;
	if (size)
		memcpy(input, octets, size);
	LLVMFuzzerTestOneInput(input, size);
	r->now->runs++;
}

static size_t mutate(struct run *r, uint8_t *octets, size_t size)
{
	static const uint8_t interesting[] = { 0x00, 0x01, 0x05, 0x0C, 0x0E, 0x0F, 0x1E, 0x2E, 0x3E, 0x7F, 0x80, 0xFE, 0xFF, '\n', '"', '{' };
	for (size_t n = 1 + random_below(r, 4); n > 0; n--) {
		size_t at = random_below(r, size);
		size_t length = 1 + random_below(r, 8);
		switch (random_below(r, 7)) {
		case 0:
			if (size)
				octets[at] ^= (uint8_t)(1u << random_below(r, 8));
			break;
		case 1:
			if (size)
				octets[at] = (uint8_t)next_random(r);
			break;
		case 2:
			if (size)
				octets[at] = interesting[random_below(r, sizeof interesting)];
			break;
		case 3:                          /* take some away */
			if (at + length <= size) {
				memmove(octets + at, octets + at + length, size - at - length);
				size -= length;
			}
			break;
		case 4:                          /* put noise in */
			if (size + length <= INPUT_MAX) {
				memmove(octets + at + length, octets + at, size - at);
				for (size_t i = 0; i < length; i++)
					octets[at + i] = (uint8_t)next_random(r);
				size += length;
			}
			break;
		case 5: {                        /* repeat a part */
			length = 1 + random_below(r, size - at ? size - at : 1);
			if (at + length <= size && size + length <= INPUT_MAX) {
				memmove(octets + at + length, octets + at, size - at);
				size += length;
			}
			break;
		}
		default:                         /* a part over another */
			if (size) {
				size_t to = random_below(r, size);
				length = random_below(r, size - (at > to ? at : to));
				memmove(octets + to, octets + at, length);
			}
		}
	}
	return size;
}

static void run_mutations(struct run *r, const uint8_t *octets, size_t size, const char *name)
{
	static const char made[] = "mutation";
	uint8_t *work = malloc(INPUT_MAX);
	if (!work)
		abort();
	for (long round = 0; round < r->rounds; round++) {
		snprintf(r->now->origin, sizeof r->now->origin, "%s, %s %ld", name, made, round);
		if (size)
			memcpy(work, octets, size);
		run_one(r, work, mutate(r, work, size));
	}
	free(work);
}

static void run_file(struct run *r, const char *name)
{
	int fd = open(name, O_RDONLY | O_CLOEXEC);
	uint8_t *octets = malloc(INPUT_MAX);
	if (fd < 0 || !octets) {
		fprintf(stderr, "%s: %s\n", name, strerror(errno));
		exit(2);
	}
	ssize_t size = 0, n;
	while (size < INPUT_MAX && (n = read(fd, octets + size, (size_t)(INPUT_MAX - size))) > 0)
		size += n;
	close(fd);
	alarm(SECONDS_A_FILE);
	r->now->files++;
	snprintf(r->now->origin, sizeof r->now->origin, "%s", name);
	run_one(r, octets, (size_t)size);
	/* A long file would take the square of its length: its prefixes are spread over it. */
	size_t step = (size_t)size / (size_t)r->prefixes + 1;
	for (size_t prefix = 0; prefix < (size_t)size; prefix += step) {
		snprintf(r->now->origin, sizeof r->now->origin, "%s, first %zu octets", name, prefix);
		run_one(r, octets, prefix);
	}
	run_mutations(r, octets, (size_t)size, name);
	alarm(0);
	free(octets);
}

static int not_hidden(const struct dirent *e)
{
	return e->d_name[0] != '.';
}

static void run_path(struct run *r, const char *path)
{
	struct stat st;
	if (stat(path, &st) < 0)
		return;
	if (!S_ISDIR(st.st_mode)) {
		run_file(r, path);
		return;
	}
	struct dirent **entry;
	int n = scandir(path, &entry, not_hidden, alphasort);
	for (int i = 0; i < n; i++) {
		char name[4096];
		snprintf(name, sizeof name, "%s/%s", path, entry[i]->d_name);
		free(entry[i]);
		run_file(r, name);
	}
	if (n >= 0)
		free(entry);
}

static void run_noise(struct run *r)
{
	uint8_t noise[64];
	strcpy(r->now->origin, "the empty input");
	run_one(r, noise, 0);
	alarm(SECONDS_A_FILE);
	for (long round = 0; round < r->rounds; round++) {
		size_t size = random_below(r, sizeof noise + 1);
		for (size_t i = 0; i < size; i++)
			noise[i] = (uint8_t)next_random(r);
		snprintf(r->now->origin, sizeof r->now->origin, "noise %ld", round);
		run_one(r, noise, size);
	}
	alarm(0);
}

static void save(const char *path, const struct shared *now)
{
	FILE *f = fopen(path, "wb");
	if (!f || fwrite(now->octets, 1, now->size, f) != now->size)
		fprintf(stderr, "%s: %s\n", path, strerror(errno));
	if (f && fclose(f) == 0)
		fprintf(stderr, "the input is in %s\n", path);
}

int main(int argc, char **argv)
{
	uint64_t seed = (uint64_t)time(NULL) * 1000003u ^ (uint64_t)getpid();
	const char *save_path = "crash-input";
	struct run r = { .rounds = 200, .prefixes = PREFIXES_MAX };
	int first = 1;
	for (; first + 1 < argc && argv[first][0] == '-'; first += 2) {
		if (!strcmp(argv[first], "--seed"))
			seed = strtoull(argv[first + 1], NULL, 0);
		else if (!strcmp(argv[first], "--rounds"))
			r.rounds = strtol(argv[first + 1], NULL, 0);
		else if (!strcmp(argv[first], "--prefixes"))
			r.prefixes = strtol(argv[first + 1], NULL, 0);
		else if (!strcmp(argv[first], "--save"))
			save_path = argv[first + 1];
		else {
			fprintf(stderr, "usage: %s [--seed N] [--rounds N] [--prefixes N] [--save FILE] FILE-OR-DIRECTORY...\n", argv[0]);
			return 2;
		}
	}
	if (r.prefixes < 1 || r.rounds < 0)
		return 2;
	printf("seed %" PRIu64 "\n", seed);
	fflush(stdout);
	r.random = seed ? seed : 1;

	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	r.now = mmap(NULL, sizeof *r.now, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	uint8_t *area = mmap(NULL, INPUT_MAX + page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (r.now == MAP_FAILED || area == MAP_FAILED || mprotect(area + INPUT_MAX, page, PROT_NONE) < 0) {
		perror("mmap");
		return 2;
	}
	r.fence = area + INPUT_MAX;

	pid_t child = fork();
	if (child < 0) {
		perror("fork");
		return 2;
	}
	if (child == 0) {
		run_noise(&r);
		for (int i = first; i < argc; i++)
			run_path(&r, argv[i]);
		exit(0);
	}
	int status;
	while (waitpid(child, &status, 0) < 0 && errno == EINTR)
		;
	if (WIFEXITED(status) && WEXITSTATUS(status) == 0) {
		printf("%" PRIu64 " files, %" PRIu64 " inputs\n", r.now->files, r.now->runs);
		return 0;
	}
	fprintf(stderr, "%s: %s %d at %s, %zu octets, seed %" PRIu64 "\n", argv[0],
		WIFSIGNALED(status) ? WTERMSIG(status) == SIGALRM ? "too slow, signal" : "signal" : "exit",
		WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status), r.now->origin, r.now->size, seed);
	save(save_path, r.now);
	return 1;
}
