/*
 * steps.h: the steps that every test of nodes begins with. It includes the table of nodes
 * (pair.c) and the store in memory whole, so that a test needs no library of its own.
 */
#ifndef TESTS_STEPS_H
#define TESTS_STEPS_H

#include <stdio.h>
#include <stdlib.h>

#include "daemon/core/inner.h"
#include "daemon/core/joinbook.h"
#include "proto/crypto/dh.h"
#include "proto/crypto/sign.h"
/* The store's own struct of that name is not the one of proto/wire. */
#define beacon ram_beacon
#include "tests/sim/ram_reads.c"
#include "tests/sim/ram_store.c"
#undef beacon
#include "tests/unit/daemon/core/pair.c"

#define STEPS_UNUSED __attribute__((unused))

STEPS_UNUSED static struct node_status steps_status(const struct pair *pair, int at)
{
    struct node_status status;
    node_get_status(pair->nodes[at].node, &status);
    return status;
}

STEPS_UNUSED static void steps_found(struct pair *pair, int at)
{
    struct pair_node *self = &pair->nodes[at];
    struct command command = {.kind = COMMAND_FOUND,
                              .found = {.network_name = "A network",
                                        .school_name = "Hub",
                                        .root_pk = self->keys.root_pk,
                                        .root_sk = self->keys.root_sk,
                                        .recovery_pk = self->keys.recovery_pk}};
    assert_ok(pair_do(pair, at, &command));
    pair_run(pair, 2000);
}

/* The code is the caller's to free. */
STEPS_UNUSED static char *steps_invite(struct pair *pair, int steward)
{
    struct command invite = {.kind = COMMAND_INVITE_CREATE,
                             .invite_create = {.note = "a school", .days = 7}};
    assert_ok(pair_do(pair, steward, &invite));
    return mem_strdup(pair->nodes[steward].text);
}

STEPS_UNUSED static enum err steps_join(struct pair *pair, const char *code, int at)
{
    char name[32];
    snprintf(name, sizeof(name), "School %d", at);
    struct pair_node *self = &pair->nodes[at];
    struct command command = {.kind = COMMAND_JOIN,
                              .join = {.code = code,
                                       .school_name = name,
                                       .root_pk = self->keys.root_pk,
                                       .root_sk = self->keys.root_sk,
                                       .recovery_pk = self->keys.recovery_pk}};
    return pair_do(pair, at, &command);
}

struct steps_request {
    struct invite_id invite;
    char words[64];
    int n;
};

static void steps_on_request(void *arg, const struct node_request *request)
{
    struct steps_request *seen = arg;
    seen->invite = request->invite;
    snprintf(seen->words, sizeof(seen->words), "%s", request->four_words);
    seen->n++;
}

STEPS_UNUSED static struct steps_request steps_requests(struct pair *pair, int steward)
{
    struct steps_request seen = {.n = 0};
    node_each_request(pair->nodes[steward].node, steps_on_request, &seen);
    return seen;
}

STEPS_UNUSED static void steps_approve(struct pair *pair, int steward)
{
    struct steps_request seen = steps_requests(pair, steward);
    assert_int_equal(seen.n, 1);
    struct command command = {.kind = COMMAND_APPROVE, .request = {.invite = seen.invite}};
    assert_ok(pair_do(pair, steward, &command));
}

STEPS_UNUSED static void steps_admit(struct pair *pair, int steward, int at)
{
    char *code = steps_invite(pair, steward);
    assert_ok(steps_join(pair, code, at));
    free(code);
    pair_run(pair, 3000);
    steps_approve(pair, steward);
    pair_run(pair, 8000);
    assert_int_equal(steps_status(pair, at).state, NODE_MEMBER);
}

/* Node 0 founds; all others are admitted, and everybody has met. */
STEPS_UNUSED static void steps_network(struct pair *pair, size_t n)
{
    pair_init(pair, n);
    pair->trace = getenv("TRACE") != NULL;
    steps_found(pair, 0);
    for (size_t i = 1; i < n; i++)
        steps_admit(pair, 0, (int)i);
    pair_run(pair, 15000);
}

STEPS_UNUSED static enum err steps_write(struct pair *pair, int at, enum audience_class class,
                                         const char *text)
{
    struct command_revision revision = {.audience = {.class = class},
                                        .body = slice_of(text, strlen(text))};
    struct command command = {.kind = COMMAND_WRITE, .write = {.revisions = &revision, .n = 1}};
    return pair_do(pair, at, &command);
}

STEPS_UNUSED static struct space_id steps_network_space(struct pair *pair)
{
    struct space_id space;
    space_network(&space, fold_network(node_fold(pair->nodes[0].node)));
    return space;
}

struct steps_counting {
    const struct space_id *space;
    struct node_space found;
};

static void steps_on_space(void *arg, const struct node_space *space)
{
    struct steps_counting *counting = arg;
    if (space_id_eq(&space->space, counting->space)) counting->found = *space;
}

/* What a node holds of a space; zero when it does not hold it. */
STEPS_UNUSED static struct node_space steps_space(struct pair *pair, int at,
                                                  const struct space_id *space)
{
    struct steps_counting counting = {.space = space};
    node_each_space(pair->nodes[at].node, steps_on_space, &counting);
    return counting.found;
}

/* The daemon ends and starts again on what its store holds. */
STEPS_UNUSED static void steps_restart(struct pair *pair, int at)
{
    struct pair_node *self = &pair->nodes[at];
    char address[32];
    snprintf(address, sizeof(address), "node%d:1", at);
    const char *list[] = {address};
    pair_off(pair, at, true);
    node_free(self->node);
    self->node = node_new(&self->options, &pair->env, ram_store_get_reader(self->store));
    pair_off(pair, at, false);
    struct event event = {.kind = EVENT_START};
    step(pair, at, &event);
    struct command command = {.kind = COMMAND_ADDRESSES,
                              .addresses = {.addresses = list, .n = 1}};
    assert_ok(pair_do(pair, at, &command));
}

/* Gives a command and carries the update out, but lets nothing become durable. */
STEPS_UNUSED static void steps_start(struct pair *pair, int at, struct command *command)
{
    struct event event = {.kind = EVENT_COMMAND, .command = command};
    command->ticket = ++pair->next_ticket;
    pair->nodes[at].replied = false;
    step(pair, at, &event);
}

#endif
