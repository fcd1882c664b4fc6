/*
 * ops.h: the ops of kith-vectors, in one table. README.md has each with an example, which a
 * test holds against the program.
 */
#ifndef TESTS_TOOLS_OPS_H
#define TESTS_TOOLS_OPS_H

#include "tests/tools/ask.h"

/* X("name", function) */
#define OPS_TABLE(X)                       \
    X("noise", op_noise)                   \
    X("envelope-admit", op_envelope_admit) \
    X("envelope-read", op_envelope_read)   \
    X("space", op_space)                   \
    X("fold", op_member_fold)              \
    X("statement", op_member_statement)    \
    X("invite", op_member_invite)          \
    X("merge", op_record_merge)            \
    X("revision", op_record_revision)      \
    X("schema", op_schema)                 \
    X("digest", op_wire_digest)            \
    X("message", op_wire_message)          \
    X("run", op_wire_run)                  \
    X("hpke", op_crypto_hpke)              \
    X("phrase", op_crypto_phrase)          \
    X("chart", op_chart)                   \
    X("suppress", op_suppress)

typedef void (*op_fn)(struct ask *ask);
#define X(name, function) void function(struct ask *ask);
OPS_TABLE(X)
#undef X

#endif
