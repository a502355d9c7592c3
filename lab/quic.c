/* A UDP port that speaks of QUIC's versions and no more: Version Negotiation, RFC 9000 17.2.1. */
#include <pthread.h>
#include <sys/socket.h>

#include "lab.h"

enum { LONG_HEADER = 0x80, INITIAL_LEAST = 1200, AT_TO = 5, ID_MOST = 20 };

struct speaker {
	int fd;
	uint8_t versions[64];
	size_t n;
	bool is_garbage;        /* answers, and not in QUIC */
};

/* The answer to `packet`, with its connection ids the other way round; its length, 0 for none. */
static size_t answer_to(const struct speaker *speaker, const uint8_t *packet, size_t n, uint8_t *out)
{
	if (n < INITIAL_LEAST || !(packet[0] & LONG_HEADER) || packet[AT_TO] > ID_MOST)
		return 0;
	if (speaker->is_garbage)
		return (size_t)((uint8_t *)mempcpy(out, "no QUIC here", 12) - out);
	const uint8_t *to = packet + AT_TO, *from = to + 1 + to[0];

	if (from[0] > ID_MOST)
		return 0;
	uint8_t *at = out;

	*at++ = LONG_HEADER;
	memset(at, 0, 4);
	at = mempcpy(at + 4, from, 1u + from[0]);
	at = mempcpy(at, to, 1u + to[0]);
	at = mempcpy(at, speaker->versions, speaker->n);
	return (size_t)(at - out);
}

static void *speak(void *arg)
{
	const struct speaker *speaker = arg;
	uint8_t packet[2048], answer[128];

	for (;;) {
		struct sockaddr_storage peer;
		socklen_t len = sizeof peer;
		ssize_t n = recvfrom(speaker->fd, packet, sizeof packet, 0, (struct sockaddr *)&peer, &len);
		size_t out = n > 0 ? answer_to(speaker, packet, (size_t)n, answer) : 0;

		if (out > 0)
			sendto(speaker->fd, answer, out, 0, (struct sockaddr *)&peer, len);
	}
	return NULL;
}

void quic_answer(struct lab *lab, int fd, const char *versions)
{
	struct speaker *speaker = arena_alloc(lab->arena, sizeof *speaker);
	char *words[COUNT_OF(speaker->versions) / 4];
	size_t n = text_split(arena_str(lab->arena, versions), ",", words, COUNT_OF(words));
	pthread_t thread;

	*speaker = (struct speaker){ .fd = fd, .is_garbage = strcmp(versions, "garbage") == 0 };
	for (size_t i = 0; i < n; i++, speaker->n += 4) {
		unsigned long version = strtoul(words[i], NULL, 16);

		for (unsigned k = 0; k < 4; k++)
			speaker->versions[speaker->n + k] = (uint8_t)(version >> (24 - 8 * k));
	}
	if (pthread_create(&thread, NULL, speak, speaker) != 0)
		lab_fail("no thread to answer QUIC with");
	pthread_detach(thread);
}
