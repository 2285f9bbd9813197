/* The measure of all things: a UDP server that does nothing.  Takes datagrams in batches and sends each back, cut or filled up to a
 * fixed size, so that kernel and network do the same work as for a real answer.
 *
 *   bench-echo ADDRESS PORT ANSWER_SIZE */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>

enum { BATCH = 64, ROOM = 1504 };

int main(int argc, char **argv)
{
	struct sockaddr_in a = { .sin_family = AF_INET };
	if (argc != 4 || inet_pton(AF_INET, argv[1], &a.sin_addr) != 1) {
		fprintf(stderr, "usage: bench-echo ADDRESS PORT ANSWER_SIZE\n");
		return 2;
	}
	a.sin_port = htons((uint16_t)atoi(argv[2]));
	size_t size = (size_t)atoi(argv[3]);
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0), buffer = 1 << 20;
	setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &buffer, sizeof buffer);
	setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &buffer, sizeof buffer);
	if (size > ROOM || bind(fd, (struct sockaddr *)&a, sizeof a) != 0) {
		perror("bench-echo");
		return 1;
	}
	static uint8_t octets[BATCH][ROOM];
	static struct iovec iov[BATCH];
	static struct mmsghdr message[BATCH];
	static struct sockaddr_in peer[BATCH];
	for (int i = 0; i < BATCH; i++) {
		iov[i].iov_base = octets[i];
		message[i].msg_hdr = (struct msghdr){ .msg_name = &peer[i], .msg_iov = &iov[i], .msg_iovlen = 1 };
	}
	for (;;) {
		for (int i = 0; i < BATCH; i++) {
			iov[i].iov_len = ROOM;
			message[i].msg_hdr.msg_namelen = sizeof peer[i];
		}
		int n = recvmmsg(fd, message, BATCH, MSG_WAITFORONE, NULL);
		for (int i = 0; i < n; i++)
			iov[i].iov_len = size;
		for (int sent = 0, k; sent < n; sent += k > 0 ? k : 1)
			k = sendmmsg(fd, message + sent, (unsigned)(n - sent), 0);
	}
}
