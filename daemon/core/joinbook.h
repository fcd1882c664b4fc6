/*
 * joinbook.h: what joins.c keeps over a restart, in settings: the network, a join under way,
 * the invites made here and the requests of schools that wait. Inside daemon/core only.
 *
 *   node/network          the network's id
 *   node/join             the own join: code, words, request (or our device-add, and whom to
 * call) node/doors            whom the join called, for after a restart node/invite/ID expiry,
 * whether to approve automatically, code, note node/request/ID       when, four words, the
 * request as it came
 */
#ifndef CORE_JOINBOOK_H
#define CORE_JOINBOOK_H

#include "daemon/core/joins.h"

/* Reads all of it and sets the node's state and network. */
void joinbook_load(struct node *node);
void joinbook_fini(struct joins *joins);

/* The network and the join that begin now; and their end. */
void joinbook_save_network(struct node *node, const struct network_id *network);
void joinbook_save_join(struct node *node);
/* Sets the doors to those of the join under way. */
void joinbook_list_doors(struct joins *joins);
/* The join is over and its doors are kept. */
void joinbook_end_join(struct node *node);

void joinbook_save_invite(struct node *node, const struct joins_invite *invite);
struct joins_invite *joinbook_find_invite(struct joins *joins, const struct invite_id *invite);
void joinbook_drop_invite(struct node *node, const struct invite_id *id);

/* Keeps a request in memory when its body decodes; false otherwise. */
bool joinbook_keep_request(struct node *node, const struct invite_id *invite, struct slice body,
                           const char *words, int64_t wall_s);
void joinbook_save_request(struct node *node, const struct joins_request *request);
struct joins_request *joinbook_find_request(struct joins *joins,
                                            const struct invite_id *invite);
void joinbook_drop_request(struct node *node, const struct invite_id *invite);

#endif
