/*
 * signatures.h: what a proof proves.
 */
#ifndef MEMBER_SIGNATURES_H
#define MEMBER_SIGNATURES_H

#include "proto/member/statement.h"

/* Whether the two headers of a proof contradict each other: both well signed at one place of
 * one chain; or the later well signed and naming as `prev` the earlier, which is not. */
bool signatures_prove(const struct network_id *network, const struct statement *proof);
/* The chain and the seq that a proof speaks of. */
struct chain signatures_proven(const struct statement *proof, uint64_t *seq);

#endif
