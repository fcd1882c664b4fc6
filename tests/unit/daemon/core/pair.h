/*
 * pair.h: a few nodes on a table: RAM stores, wires that deliver at once, a clock moved by hand.
 * The simulator (tests/sim) is where things go wrong; here the story is told straight.
 */
#ifndef TESTS_PAIR_H
#define TESTS_PAIR_H

#include "daemon/core/node.h"
#include "proto/crypto/phrase.h"
#include "tests/sim/ram_store.h"
#include "tests/support/tests.h"

enum { PAIR_NODES_MAX = 6 };

struct pair_conn {
    uint64_t conn;   /* this end */
    int peer;        /* node at the other end */
    uint64_t peer_conn;
};

struct pair_node {
    struct node *node;
    struct ram_store *store;
    struct school_keys keys;
    struct node_options options;
    struct pair_conn conns[64];
    size_t conns_n;
    bool off;
    uint64_t wake_ms;
    struct reply reply; /* the last */
    char text[4096];    /* its text */
    struct buf bytes;   /* its bytes */
    bool replied;
    unsigned notices;
};

struct pair {
    struct rng rng;
    struct env env;
    uint64_t now_ms;
    int64_t wall_s;
    uint64_t next_conn;
    uint64_t next_ticket;
    struct pair_node nodes[PAIR_NODES_MAX];
    size_t n;
    bool trace;
};

void pair_init(struct pair *pair, size_t n);
void pair_fini(struct pair *pair);
/* Gives a node a command and runs until it is answered; returns the answer's err. */
enum err pair_do(struct pair *pair, int node, struct command *command);
/* Lets ms go by, delivering everything. */
void pair_run(struct pair *pair, uint64_t ms);
void pair_off(struct pair *pair, int node, bool off);

#endif
