/* The path of an address in observations.tcp, hop by hop; observations.quic. */
#include "report/json_parts.h"

#include "report/names.h"

static const char *reply_name(enum path_reply reply)
{
	static const char *const names[] = {
		[PATH_NOT_SENT] = "not-sent", [PATH_SILENT] = "silent", [PATH_ROUTER] = "router",
		[PATH_REJECT] = "reject", [PATH_ANSWER] = "answer",
	};

	return reply < COUNT_OF(names) ? names[reply] : "unknown";
}

static void put_hop(struct json *j, const struct path_hop *hop)
{
	json_object_begin(j, NULL);
	json_key_int(j, "hops", hop->hops);
	json_key_str(j, "reply", reply_name(hop->reply));
	if (hop->from) {
		json_object_begin(j, "icmp");
		json_key_int(j, "type", hop->icmp_type);
		json_key_int(j, "code", hop->icmp_code);
		json_text(j, "from", hop->from);
		json_end(j);
	}
	if (hop->reply == PATH_ANSWER && hop->outcome != TCP_NOT_TRIED)
		json_key_str(j, "outcome", tcp_outcome_name(hop->outcome));
	if (hop->is_reset)
		json_key_bool(j, "reset", true);
	if (hop->is_closed)
		json_key_bool(j, "closed", true);
	if (hop->has_bytes)
		json_key_bool(j, "bytes", true);
	json_ms(j, "elapsed_ms", hop->elapsed_ms);
	json_end(j);
}

static void put_trace(struct json *j, const char *key, const struct path_trace *trace)
{
	if (!trace->was_sent)
		return;
	json_object_begin(j, key);
	json_key_str(j, "sends", trace->sends);
	json_key_int(j, "port", trace->port);
	json_array_begin(j, "hops");
	for (size_t i = 0; i < trace->n_hops; i++)
		put_hop(j, &trace->hops[i]);
	json_end(j);
	json_end(j);
}

void json_observe_path(struct json *j, const struct path_evidence *path)
{
	if (!path)
		return;
	json_object_begin(j, "path");
	json_key_bool(j, "complete", path->is_complete);
	put_trace(j, "port", &path->port);
	put_trace(j, "compare", &path->compare);
	put_trace(j, "udp", &path->udp);
	put_trace(j, "hello", &path->hello);
	put_trace(j, "control", &path->control);
	if (path->mss_passes)
		json_key_int(j, "mss_passes", path->mss_passes);
	if (path->mss_fails)
		json_key_int(j, "mss_fails", path->mss_fails);
	if (path->reset_left)
		json_key_int(j, "reset_hops_left", path->reset_left);
	if (path->answer_left)
		json_key_int(j, "answer_hops_left", path->answer_left);
	json_end(j);
}

void json_observe_way(struct json *j, const struct own_way *way)
{
	static const char *const neighbours[] = { [NEIGHBOUR_ANSWERS] = "answers", [NEIGHBOUR_SILENT] = "silent" };

	if (!way || !way->is_known)
		return;
	json_object_begin(j, "way");
	json_key_str(j, "error", way->error ? strerror(way->error) : NULL);
	json_text(j, "source", way->source);
	json_text(j, "interface", way->interface);
	json_text(j, "gateway", way->gateway);
	json_tri(j, "link", way->has_link);
	json_tri(j, "has_other_family", way->has_other_family);
	json_tri(j, "lets_out", way->lets_out);
	json_key_str(j, "neighbour", way->neighbour < COUNT_OF(neighbours) ? neighbours[way->neighbour] : NULL);
	json_end(j);
}

static const char *quic_name(enum quic_outcome outcome)
{
	static const char *const names[] = {
		[QUIC_NOT_ASKED] = "not-asked", [QUIC_ANSWERED] = "answered", [QUIC_SILENT] = "silent",
		[QUIC_REJECTED] = "rejected", [QUIC_MALFORMED] = "malformed",
	};

	return outcome < COUNT_OF(names) ? names[outcome] : "unknown";
}

void json_observe_quic(struct json *j, const struct quic_evidence *quic)
{
	if (quic->outcome == QUIC_NOT_ASKED) {
		json_key_null(j, "quic");
		return;
	}
	json_object_begin(j, "quic");
	json_key_str(j, "outcome", quic_name(quic->outcome));
	json_text(j, "advertised_by", quic->advertised_by);
	json_text(j, "address", quic->address);
	json_key_int(j, "port", quic->port);
	json_text(j, "versions", quic->versions);
	if (quic->icmp.has_icmp) {
		json_object_begin(j, "icmp");
		json_key_int(j, "type", quic->icmp.icmp_type);
		json_key_int(j, "code", quic->icmp.icmp_code);
		json_text(j, "from", quic->icmp.icmp_from);
		json_end(j);
	}
	json_ms(j, "elapsed_ms", quic->elapsed_ms);
	json_end(j);
}
