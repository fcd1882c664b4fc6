/*
 * asking.h: one connected peer after the other is asked for one thing until somebody has it: a
 * piece of a file, a payload that this disk lost. What the question is, and whether the answer is
 * good, is its user's to say.
 */
#ifndef CORE_ASKING_H
#define CORE_ASKING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct node;
struct session;

enum {
    ASKING_PEERS_MAX = 64,        /* as many as there are sessions */
    ASKING_ANSWER_MS = 20 * 1000, /* then the next is asked: a poor line takes some seconds */
};

struct asking {
    uint64_t conn;   /* the peer that is asked; 0: none yet */
    uint32_t number; /* of the question, for the answer to name */
    uint64_t since_ms;
    uint64_t tried[ASKING_PEERS_MAX]; /* connections that had no answer, and this one */
    size_t tried_n;
};

/* The next peer, for its user to send the question to; NULL: all were asked. */
struct session *asking_next(struct node *node, struct asking *asking);
/* Who was asked left or is silent for too long. */
bool asking_is_lost(const struct node *node, const struct asking *asking);
/* Whether this answer is to this question. */
bool asking_is(const struct asking *asking, const struct session *session, uint32_t number);

#endif
