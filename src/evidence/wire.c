/* See wire.h. */
#include "evidence/wire.h"

enum { RECORD_MAX = 64 << 10, LOG_MAX = 16 << 20, EVENTS_MAX = 4096 };

struct wire_log *wire_log_new(struct arena *arena)
{
	struct wire_log *log = arena_new_of(arena, struct wire_log);

	log->arena = arena;
	return log;
}

struct wire_record *wire_open(struct wire_log *log, const char *address, double now_ms)
{
	struct wire_record *record;

	if (!log)
		return NULL;
	record = arena_new_of(log->arena, struct wire_record);
	record->address = address;
	record->opened_ms = now_ms;
	*arena_push(log->arena, log->records, log->n, log->cap) = record;
	return record;
}

void wire_note(struct wire_log *log, struct wire_record *record, double now_ms, bool sent, struct span bytes)
{
	size_t room;

	if (!record || record->n_events >= EVENTS_MAX)
		return;
	room = record->kept < RECORD_MAX && log->kept < LOG_MAX ? RECORD_MAX - record->kept : 0;
	*arena_push(log->arena, record->events, record->n_events, record->cap_events) = (struct wire_event){
		now_ms, sent, bytes.n, arena_copy(log->arena, span_sub(bytes, 0, room)) };
	record->kept += bytes.n < room ? bytes.n : room;
	log->kept += bytes.n < room ? bytes.n : room;
}
