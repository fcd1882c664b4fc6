/*
 * compare.h: two nodes find where a set differs (DESIGN 5): digests, then buckets, then entries,
 * so that the cost follows the number of changed chains. Inside daemon/core only.
 *
 * The side that dialled asks; the other answers. A set of few entries skips the buckets. What
 * the entries show to be lacking at the peer is handed to stream.h; DONE from both sides ends the
 * comparison, and from then on the set is live: what becomes durable goes out at once.
 */
#ifndef CORE_COMPARE_H
#define CORE_COMPARE_H

#include "daemon/core/session.h"

/*
 * Our digests of all sets in common with this peer. Slices live in the step's arena. A list may
 * be longer than one message takes: compare_offer_part cuts off its next part.
 */
void compare_offer(struct node *node, struct session *session, struct wire_offer *offer);
struct wire_offer compare_offer_part(struct wire_offer *rest);
/* Whether what we would offer is about other spaces than what we last offered. Remembers it. */
bool compare_offer_changed(struct node *node, struct session *session);
/* The peer's offer is complete: makes the list of common sets and starts what differs. */
void compare_on_offer(struct node *node, struct session *session, const struct wire_offer *offer);
/* Our fold changed: a space that the peer offered before may be common now. */
/* The peer is no member any more: what is left to compare is the statements. */
void compare_on_removed(struct session *session);
void compare_on_membership(struct node *node, struct session *session);
void compare_on_buckets(struct node *node, struct session *session,
                        const struct wire_buckets *buckets);
void compare_on_entries(struct node *node, struct session *session,
                        const struct wire_entries *entries);
void compare_on_done(struct node *node, struct session *session, const struct wire_done *done);
/* Called whenever sending or taking in may have finished something. */
void compare_step(struct node *node, struct session *session);
/* The compare of a set, or NULL when it is not common. */
struct compare *compare_find(struct session *session, const struct wire_set *set);
struct compare *compare_of_tag(struct session *session, const struct space_tag *tag);
/* True when what becomes durable in this set may go out. */
bool compare_flows(const struct compare *compare);

#endif
