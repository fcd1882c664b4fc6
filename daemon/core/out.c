#include "daemon/core/out.h"

#include <stdlib.h>

void out_fini(struct out *out)
{
    out_reset(out);
    arena_fini(&out->arena);
    for (size_t i = 0; i < out->conns_cap; i++)
        buf_fini(&out->conns[i].bytes);
    free(out->conns);
    free(out->writes);
    free(out->reads);
    free(out->sends);
    free(out->dials);
    free(out->closes);
    free(out->replies);
    free(out->traces);
    *out = (struct out){0};
}

/* A burst's large send buffer is given back rather than kept for ever. */
enum { OUT_KEEP_BYTES = 64 * 1024 };

void out_reset(struct out *out)
{
    arena_reset(&out->arena);
    for (size_t i = 0; i < out->conns_n; i++) {
        struct buf *bytes = &out->conns[i].bytes;
        if (bytes->cap > OUT_KEEP_BYTES) buf_fini(bytes);
        bytes->len = 0;
    }
    out->writes_n = out->reads_n = out->conns_n = out->dials_n = 0;
    out->closes_n = out->replies_n = out->traces_n = 0;
    out->notices = 0;
}

void out_write(struct out *out, const struct write *write)
{
    MEM_RESERVE(out->writes, out->writes_n, out->writes_cap);
    out->writes[out->writes_n++] = *write;
}

void out_read(struct out *out, const struct read_request *read)
{
    MEM_RESERVE(out->reads, out->reads_n, out->reads_cap);
    out->reads[out->reads_n++] = *read;
}

struct buf *out_conn(struct out *out, uint64_t conn)
{
    for (size_t i = 0; i < out->conns_n; i++) {
        if (out->conns[i].conn == conn) return &out->conns[i].bytes;
    }
    size_t cap = out->conns_cap;
    MEM_RESERVE(out->conns, out->conns_n, out->conns_cap);
    for (size_t i = cap; i < out->conns_cap; i++)
        out->conns[i] = (struct out_conn){0};
    out->conns[out->conns_n].conn = conn;
    return &out->conns[out->conns_n++].bytes;
}

void out_dial(struct out *out, uint64_t dial, const char *address)
{
    MEM_RESERVE(out->dials, out->dials_n, out->dials_cap);
    out->dials[out->dials_n++] = (struct update_dial){
        .dial = dial,
        .address = arena_strdup(&out->arena, address),
    };
}

void out_close(struct out *out, uint64_t conn)
{
    for (size_t i = 0; i < out->closes_n; i++) {
        if (out->closes[i] == conn) return;
    }
    MEM_RESERVE(out->closes, out->closes_n, out->closes_cap);
    out->closes[out->closes_n++] = conn;
}

void out_reply(struct out *out, const struct reply *reply)
{
    struct reply copy = *reply;
    if (copy.reason != NULL) copy.reason = arena_strdup(&out->arena, copy.reason);
    if (copy.text != NULL) copy.text = arena_strdup(&out->arena, copy.text);
    copy.bytes = out_copy(out, copy.bytes);
    MEM_RESERVE(out->replies, out->replies_n, out->replies_cap);
    out->replies[out->replies_n++] = copy;
}

void out_trace(struct out *out, const struct update_trace *trace)
{
    MEM_RESERVE(out->traces, out->traces_n, out->traces_cap);
    out->traces[out->traces_n++] = *trace;
}

struct slice out_copy(struct out *out, struct slice bytes)
{
    if (bytes.n == 0) return (struct slice){0};
    return slice_of(arena_dup(&out->arena, bytes.p, bytes.n), bytes.n);
}

void out_finish(struct out *out, struct update *update)
{
    size_t sends_n = 0;
    for (size_t i = 0; i < out->conns_n; i++) {
        if (out->conns[i].bytes.len == 0) continue;
        MEM_RESERVE(out->sends, sends_n, out->sends_cap);
        out->sends[sends_n++] = (struct update_send){
            .conn = out->conns[i].conn,
            .bytes = buf_slice(&out->conns[i].bytes),
        };
    }
    *update = (struct update){
        .writes = out->writes,
        .writes_n = out->writes_n,
        .reads = out->reads,
        .reads_n = out->reads_n,
        .sends = out->sends,
        .sends_n = sends_n,
        .dials = out->dials,
        .dials_n = out->dials_n,
        .closes = out->closes,
        .closes_n = out->closes_n,
        .replies = out->replies,
        .replies_n = out->replies_n,
        .traces = out->traces,
        .traces_n = out->traces_n,
        .notices = out->notices,
        .wake_ms = UINT64_MAX,
    };
}
