/* What a machine can do for many hearers: keeps every datagram that begins with 'J' and who sent it; on one that begins with 'T' sends each
 * of them back to its sender, in one go of sendmmsg; 'F' forgets them. */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>

enum { HEARERS = 1024, ROOM = 128 };

int main(int argc, char **argv)
{
	static uint8_t octets[HEARERS][ROOM];
	static struct sockaddr_in peer[HEARERS];
	static struct iovec iov[HEARERS];
	static struct mmsghdr message[HEARERS];
	struct sockaddr_in here = { .sin_family = AF_INET };
	if (argc != 3 || inet_pton(AF_INET, argv[1], &here.sin_addr) != 1) {
		fprintf(stderr, "usage: bench-fan ADDRESS PORT\n");
		return 2;
	}
	here.sin_port = htons((uint16_t)atoi(argv[2]));
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0), buffer = 4 << 20;
	setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &buffer, sizeof buffer);
	if (fd < 0 || bind(fd, (struct sockaddr *)&here, sizeof here) != 0) {
		perror("bench-fan");
		return 1;
	}
	for (unsigned n = 0;;) {
		uint8_t in[ROOM];
		struct sockaddr_in from;
		socklen_t length = sizeof from;
		ssize_t got = recvfrom(fd, in, sizeof in, 0, (struct sockaddr *)&from, &length);
		if (got > 0 && in[0] == 'J' && n < HEARERS) {
			for (ssize_t i = 0; i < got; i++)
				octets[n][i] = in[i];
			peer[n] = from;
			iov[n] = (struct iovec){ .iov_base = octets[n], .iov_len = (size_t)got };
			message[n].msg_hdr = (struct msghdr){ .msg_name = &peer[n], .msg_namelen = sizeof peer[n], .msg_iov = &iov[n], .msg_iovlen = 1 };
			n++;
		} else if (got > 0 && in[0] == 'F') {
			n = 0;
		} else if (got > 0 && in[0] == 'T') {
			for (unsigned sent = 0; sent < n;) {
				int k = sendmmsg(fd, message + sent, n - sent, 0);
				sent += k > 0 ? (unsigned)k : 1;
			}
		}
	}
}
