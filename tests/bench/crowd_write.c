/* crowd_write: records with bodies of an exact length, in words that a search index knows. */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "proto/base/check.h"
#include "proto/crypto/words.h"
#include "proto/record/revision.h"
#include "tests/bench/crowd.h"

enum {
    BATCH = 200, /* revisions in one command: one commit */
    TEXT_MAX = 3900,
};

/* Words and spaces, exactly n characters. */
static void fill(struct rng *rng, char *text, size_t n)
{
    size_t at = 0;

    while (at < n) {
        const char *word = words[rng_below(rng, WORDS_COUNT)];
        for (size_t i = 0; word[i] != '\0' && at < n; i++)
            text[at++] = word[i];
        if (at < n) text[at++] = ' ';
    }
    if (n > 0) text[n - 1] = '.';
    text[n] = '\0';
}

static void encode(const struct revision *revision, struct buf *body, const char *title,
                   const char *text)
{
    struct revision with = *revision;
    with.sections = json_pack("{s:{s:s,s:s}}", "head", "title", title, "description", text);
    CHECK(with.sections != NULL);
    body->len = 0;
    enum err err = revision_encode(&with, body, NULL);
    CHECK(err == ERR_OK);
    json_decref(with.sections);
}

static void make_body(struct crowd *crowd, unsigned at, unsigned number, unsigned bytes,
                      struct buf *body)
{
    char title[64], text[TEXT_MAX + 1];
    char person[] = "Team", when[] = "2026-03-01T09:30:00Z";
    struct revision revision = {.owner = crowd->schools[at].keyfile.school,
                                .type = "idea",
                                .v = 1,
                                .lamport = 1,
                                .person = person,
                                .at = when};
    env_random(&crowd->env, revision.record.b, sizeof(revision.record.b));
    env_random(&crowd->env, revision.edit.b, sizeof(revision.edit.b));
    (void)snprintf(title, sizeof(title), "Idea mark%u", number);
    encode(&revision, body, title, "");
    CHECK(body->len < bytes && bytes - body->len <= TEXT_MAX);
    fill(&crowd->rng, text, bytes - body->len);
    encode(&revision, body, title, text);
    CHECK(body->len == bytes);
}

void crowd_write(struct crowd *crowd, unsigned at, unsigned first, unsigned count,
                 unsigned bytes)
{
    struct command_revision revisions[BATCH];
    struct buf bodies[BATCH] = {{0}};

    for (unsigned done = 0; done < count;) {
        unsigned n = count - done < BATCH ? count - done : BATCH;
        for (unsigned i = 0; i < n; i++) {
            make_body(crowd, at, first + done + i, bytes, &bodies[i]);
            CHECK(fwrite(bodies[i].data, bytes, 1, crowd->bodies) == 1);
            revisions[i] = (struct command_revision){.audience = {.class = AUDIENCE_NETWORK},
                                                     .body = buf_slice(&bodies[i])};
        }
        struct command command = {.kind = COMMAND_WRITE, .write = {revisions, n}};
        crowd_do(crowd, at, &command);
        done += n;
    }
    for (unsigned i = 0; i < BATCH; i++)
        buf_fini(&bodies[i]);
}
