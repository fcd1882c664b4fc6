/*
 * stream.h: runs to one peer: what it lacks, statements first and in causal order, then the
 * chains in turn; as far as its credit reaches. Inside daemon/core only.
 *
 *   queue of chains -> READ (asked of the store) -> a run ending on a signature that was checked
 *   -> messages, each when the peer has credit for it -> the next chain
 *
 * The next READs are asked for while a run is sent, about one run ahead: so who sends waits for
 * its disk or for its peer, and not for one after the other.
 */
#ifndef CORE_STREAM_H
#define CORE_STREAM_H

#include "daemon/core/session.h"

/* Something of this chain may have to be sent. */
void stream_wake(struct node *node, struct session *session, struct link *link);
/* Sends and reads as far as credit goes. */
void stream_pump(struct node *node, struct session *session);
/* A read came back. False when its ticket is not one of ours. */
bool stream_on_read(struct node *node, const struct event_read *read);
/* A run is being read, lies ready, is packed or waits for credit. */
/* The peer is no member any more: nothing of a space goes out. False when a run of one is half
   sent, which only the end of the session can cut. */
bool stream_on_removed(struct session *session);
bool stream_busy(const struct stream *stream);
/* Nothing of the set is left to send: neither queued, nor being read, nor waiting for credit. */
bool stream_idle_on(struct node *node, const struct session *session, const struct wire_set *set);
void stream_fini(struct stream *stream);

#endif
