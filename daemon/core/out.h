/*
 * out.h: the update under construction. Every part of the core says here what it wants done;
 * node_step hands the whole out at the end. Inside daemon/core only.
 */
#ifndef CORE_OUT_H
#define CORE_OUT_H

#include "daemon/core/update.h"

struct out_conn {
    uint64_t conn;
    struct buf bytes;
};

struct out {
    struct arena arena; /* everything that the update points to */
    struct write *writes;
    size_t writes_n, writes_cap;
    struct read_request *reads;
    size_t reads_n, reads_cap;
    struct out_conn *conns; /* bytes to send, gathered by connection */
    size_t conns_n, conns_cap;
    struct update_send *sends;
    size_t sends_cap;
    struct update_dial *dials;
    size_t dials_n, dials_cap;
    uint64_t *closes;
    size_t closes_n, closes_cap;
    struct reply *replies;
    size_t replies_n, replies_cap;
    struct update_trace *traces;
    size_t traces_n, traces_cap;
    unsigned notices;
};

void out_fini(struct out *out);
/* Forgets the last update. */
void out_reset(struct out *out);

/* Adds a write; its slices must live as long as the update (out_copy). */
void out_write(struct out *out, const struct write *write);
void out_read(struct out *out, const struct read_request *read);
/* Where the bytes for a connection are gathered. Valid until the next out_conn call. */
struct buf *out_conn(struct out *out, uint64_t conn);
void out_dial(struct out *out, uint64_t dial, const char *address);
void out_close(struct out *out, uint64_t conn);
/* Strings and bytes of the reply are copied. */
void out_reply(struct out *out, const struct reply *reply);
void out_trace(struct out *out, const struct update_trace *trace);
static inline void out_notice(struct out *out, enum update_notice notice)
{
    out->notices |= notice;
}
struct slice out_copy(struct out *out, struct slice bytes);

/* Fills the update, all but batch and wake_ms. */
void out_finish(struct out *out, struct update *update);

#endif
