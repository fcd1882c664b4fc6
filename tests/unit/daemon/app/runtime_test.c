/* Real nodes on a real loop, disk and loopback: what a person's command comes to. */
#include <ftw.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "daemon/app/log.h"
#include "daemon/app/runtime.h"
#include "proto/crypto/phrase.h"
#include "proto/crypto/sign.h"
#include "proto/record/author.h"
#include "tests/support/tests.h"

struct side {
    char dir[64];
    struct keyfile keyfile;
    struct root_sk root_sk;
    struct runtime *runtime;
    unsigned notices, applied;
    enum err fault; /* what a commit comes to */
};

struct world {
    uv_loop_t loop;
    uv_timer_t deadline;
    bool late;
    struct rng rng;
    struct env env;
    struct side a, b;
    unsigned stopped;
};

static void random_bytes(void *ctx, void *out, size_t n)
{
    (void)ctx;
    randombytes_buf(out, n);
}

static void on_deadline(uv_timer_t *timer)
{
    struct world *world = timer->data;
    world->late = true;
}

#define UNTIL(world, condition)                                    \
    do {                                                           \
        (world)->late = false;                                     \
        uv_timer_start(&(world)->deadline, on_deadline, 20000, 0); \
        while (!(condition) && !(world)->late)                     \
            uv_run(&(world)->loop, UV_RUN_ONCE);                   \
        if (!(condition)) fail_msg("never came: %s", #condition);  \
        uv_timer_stop(&(world)->deadline);                         \
    } while (0)

static void on_notice(void *ctx, struct runtime *runtime, unsigned notices)
{
    struct side *side = ctx;
    (void)runtime;
    side->notices |= notices;
}

static void on_applied(void *ctx, struct runtime *runtime)
{
    struct side *side = ctx;
    (void)runtime;
    side->applied++;
}

static enum err fault(void *ctx, enum store_fault point)
{
    const struct side *side = ctx;
    return point == STORE_FAULT_COMMIT ? side->fault : ERR_OK;
}

static void open_side(struct world *world, struct side *side)
{
    const struct runtime_options options = {.loop = &world->loop,
                                            .name = "main",
                                            .dir = side->dir,
                                            .keyfile = &side->keyfile,
                                            .env = &world->env,
                                            .version = "test",
                                            .listen = "127.0.0.1:0",
                                            .advertise = "",
                                            .fault = fault,
                                            .fault_ctx = side,
                                            .notice = on_notice,
                                            .applied = on_applied,
                                            .ctx = side};
    assert_ok(runtime_open(&side->runtime, &options));
}

static void make_side(struct world *world, struct side *side, const char *name)
{
    uint8_t seed[32];

    snprintf(side->dir, sizeof(side->dir), "/tmp/kith-run-XXXXXX");
    assert_non_null(mkdtemp(side->dir));
    keyfile_make(&side->keyfile, &world->env);
    env_random(&world->env, seed, sizeof(seed));
    sign_root_keypair(&side->keyfile.root_pk, &side->root_sk, seed);
    env_random(&world->env, side->keyfile.recovery_pk.b, 32);
    phrase_school_id(&side->keyfile.school, &side->keyfile.root_pk);
    snprintf(side->keyfile.school_name, sizeof(side->keyfile.school_name), "%s", name);
    strcpy(side->keyfile.device_name, "office");
    open_side(world, side);
}

static void on_stopped(void *ctx)
{
    struct world *world = ctx;
    world->stopped++;
}

static void stop_side(struct world *world, struct side *side)
{
    unsigned before = world->stopped;
    runtime_stop(side->runtime, on_stopped, world);
    assert_int_equal(world->stopped, before);
    UNTIL(world, world->stopped == before + 1);
    side->runtime = NULL;
}

static int remove_one(const char *path, const struct stat *st, int flag, struct FTW *ftw)
{
    (void)st;
    (void)flag;
    (void)ftw;
    return remove(path);
}

static int setup(void **state)
{
    struct world *world = mem_zalloc(sizeof(*world));
    const struct log_options quiet = {.level = LOG_ERROR};
    if (sodium_init() < 0) return -1;
    assert_ok(log_open(&quiet));
    world->env = (struct env){.random = random_bytes};
    uv_loop_init(&world->loop);
    uv_timer_init(&world->loop, &world->deadline);
    world->deadline.data = world;
    make_side(world, &world->a, "Hub");
    make_side(world, &world->b, "Lincoln");
    *state = world;
    return 0;
}

static int teardown(void **state)
{
    struct world *world = *state;
    stop_side(world, &world->a);
    stop_side(world, &world->b);
    uv_close((uv_handle_t *)&world->deadline, NULL);
    uv_run(&world->loop, UV_RUN_DEFAULT);
    assert_int_equal(uv_loop_close(&world->loop), 0);
    nftw(world->a.dir, remove_one, 8, FTW_DEPTH | FTW_PHYS);
    nftw(world->b.dir, remove_one, 8, FTW_DEPTH | FTW_PHYS);
    free(world);
    return 0;
}

/* ---------------------------------------------------------------------------- commands -- */

struct answer {
    bool inside, came;
    enum err err;
    uint64_t lseq;
    char text[2048];
    struct envelope_id statement;
};

static void on_reply(void *arg, const struct reply *reply)
{
    struct answer *answer = arg;
    assert_false(answer->inside);
    assert_false(answer->came);
    answer->came = true;
    answer->err = reply->err;
    answer->lseq = reply->lseq;
    answer->statement = reply->statement;
    snprintf(answer->text, sizeof(answer->text), "%s", reply->text == NULL ? "" : reply->text);
}

static void ask(struct side *side, struct command *command, struct answer *answer)
{
    *answer = (struct answer){.inside = true};
    runtime_command(side->runtime, command, on_reply, answer);
    answer->inside = false;
}

static enum err command(struct world *world, struct side *side, struct command *command,
                        struct answer *answer)
{
    ask(side, command, answer);
    UNTIL(world, answer->came);
    return answer->err;
}

/* A revision of a type that this node does not know, into the school's own space. */
static struct command write_of(struct world *world, struct side *side, struct buf *body,
                               struct command_revision *revision)
{
    struct author author = {.owner = side->keyfile.school,
                            .type = "memo",
                            .person = "",
                            .at = "2026-11-22T17:00:00Z",
                            .v = 1};
    struct schema_problem problem;
    json_t *wanted = json_pack("{s:{s:s}}", "head", "title", "hello");

    env_random(&world->env, author.record.b, sizeof(author.record.b));
    env_random(&world->env, author.edit.b, sizeof(author.edit.b));
    assert_ok(author_revision(&author, NULL, NULL, wanted, body, &problem));
    json_decref(wanted);
    *revision =
        (struct command_revision){.audience = {.class = AUDIENCE_OWN}, .body = buf_slice(body)};
    return (struct command){.kind = COMMAND_WRITE, .write = {.revisions = revision, .n = 1}};
}

static enum err write_one(struct world *world, struct side *side, struct answer *answer)
{
    struct command_revision revision;
    struct buf body = {0};
    struct command act = write_of(world, side, &body, &revision);
    enum err err = command(world, side, &act, answer);
    buf_fini(&body);
    return err;
}

struct look {
    bool came;
    enum err err;
    uint64_t applied; /* as the reader saw it */
};

static enum err read_applied(void *arg, struct view_reader *reader)
{
    struct look *look = arg;
    look->applied = view_reader_applied(reader);
    return ERR_OK;
}

static void on_look(void *arg, enum err err)
{
    struct look *look = arg;
    look->came = true;
    look->err = err;
}

static void on_done(void *arg, enum err err)
{
    *(enum err *)arg = err;
}

static struct node_status status_of(const struct side *side)
{
    struct node_status status;
    node_get_status(runtime_node(side->runtime), &status);
    return status;
}

static uint64_t last_of(const struct side *side)
{
    const struct log_reader *log = store_get_log(runtime_store(side->runtime));
    return log->last(log->ctx);
}

static uint64_t applied_of(const struct side *side)
{
    return viewer_get_status(runtime_viewer(side->runtime)).applied;
}

/* ------------------------------------------------------------------------------- tests -- */

static void test_what_was_acknowledged_is_there_after_a_restart(void **state)
{
    struct world *world = *state;
    struct answer answer;
    struct look cut = {0}, look = {0};

    for (uint64_t i = 1; i <= 3; i++) {
        assert_ok(write_one(world, &world->a, &answer));
        assert_int_equal(answer.lseq, i);
    }
    UNTIL(world, applied_of(&world->a) == 3 && world->a.applied > 0);
    assert_true(world->a.notices & NOTICE_LOG);
    viewer_run(runtime_viewer(world->a.runtime), read_applied, on_look, &cut);
    stop_side(world, &world->a);
    assert_true(cut.came); /* done or cut off, but told */
    open_side(world, &world->a);
    assert_int_equal(last_of(&world->a), 3);
    UNTIL(world, applied_of(&world->a) == 3);
    viewer_run(runtime_viewer(world->a.runtime), read_applied, on_look, &look);
    assert_false(look.came);
    UNTIL(world, look.came);
    assert_ok(look.err);
    assert_int_equal(look.applied, 3);
}

static void count_equal(void *arg, const struct node_peer *peer)
{
    *(unsigned *)arg += peer->connected && peer->equal;
}

static unsigned equal_peers(const struct side *side)
{
    unsigned n = 0;
    node_each_peer(runtime_node(side->runtime), count_equal, &n);
    return n;
}

static void test_two_schools_meet(void **state)
{
    struct world *world = *state;
    struct answer answer, invite;
    struct command found = {.kind = COMMAND_FOUND,
                            .found = {.network_name = "Net",
                                      .school_name = "Hub",
                                      .root_pk = world->a.keyfile.root_pk,
                                      .root_sk = world->a.root_sk,
                                      .recovery_pk = world->a.keyfile.recovery_pk}};
    struct command create = {.kind = COMMAND_INVITE_CREATE,
                             .invite_create = {.days = 7, .approve_automatically = true}};

    assert_err(ERR_NOT_JOINED, command(world, &world->a, &create, &invite));
    assert_ok(write_one(world, &world->b, &answer)); /* before it joins anything */
    assert_ok(command(world, &world->a, &found, &answer));
    assert_ok(command(world, &world->a, &create, &invite));
    struct command join = {.kind = COMMAND_JOIN,
                           .join = {.code = invite.text,
                                    .school_name = "Lincoln",
                                    .root_pk = world->b.keyfile.root_pk,
                                    .root_sk = world->b.root_sk,
                                    .recovery_pk = world->b.keyfile.recovery_pk}};
    assert_ok(command(world, &world->b, &join, &answer));
    UNTIL(world, status_of(&world->b).state == NODE_MEMBER);
    assert_true(world->b.notices & NOTICE_JOINED);
    UNTIL(world, equal_peers(&world->a) == 1 && equal_peers(&world->b) == 1);
    struct digest one, two;
    fold_digest(node_fold(runtime_node(world->a.runtime)), &one);
    fold_digest(node_fold(runtime_node(world->b.runtime)), &two);
    assert_true(digest_eq(&one, &two));
}

static void test_a_full_disk_refuses_and_reading_goes_on(void **state)
{
    struct world *world = *state;
    struct answer answer;
    struct look look = {0};

    assert_ok(write_one(world, &world->a, &answer));
    UNTIL(world, applied_of(&world->a) == 1);
    world->a.fault = ERR_NO_SPACE;
    assert_err(ERR_NO_SPACE, write_one(world, &world->a, &answer));
    assert_err(ERR_NO_SPACE, write_one(world, &world->a, &answer));
    assert_err(ERR_NO_SPACE, status_of(&world->a).store);
    assert_int_equal(last_of(&world->a), 1);
    assert_true(world->a.notices & NOTICE_ALARM);
    viewer_run(runtime_viewer(world->a.runtime), read_applied, on_look, &look);
    UNTIL(world, look.came);
    assert_int_equal(look.applied, 1);
    /* Space again, and a restart: what was acknowledged is there, what was not is not. */
    world->a.fault = ERR_OK;
    stop_side(world, &world->a);
    open_side(world, &world->a);
    assert_int_equal(last_of(&world->a), 1);
    assert_ok(write_one(world, &world->a, &answer));
    assert_int_equal(answer.lseq, 2);
}

static void test_what_waits_when_it_ends_is_answered(void **state)
{
    struct world *world = *state;
    struct command_revision revision;
    struct buf body = {0};
    struct command act = write_of(world, &world->a, &body, &revision);
    struct answer one, two;

    ask(&world->a, &act, &one);
    runtime_cancel(world->a.runtime);
    assert_true(one.came);
    assert_err(ERR_CLOSED, one.err);
    ask(&world->a, &act, &two);
    UNTIL(world, two.came);
    assert_err(ERR_CLOSED, two.err);
    buf_fini(&body);
}

static void test_commands_have_a_bound(void **state)
{
    struct world *world = *state;
    struct command acts[LIMIT_COMMANDS_PENDING + 1];
    static struct answer answers[LIMIT_COMMANDS_PENDING + 1];
    unsigned busy = 0;

    for (unsigned i = 0; i <= LIMIT_COMMANDS_PENDING; i++) {
        acts[i] = (struct command){.kind = COMMAND_INVITE_CREATE};
        ask(&world->b, &acts[i], &answers[i]);
    }
    for (unsigned i = 0; i <= LIMIT_COMMANDS_PENDING; i++) {
        UNTIL(world, answers[i].came);
        busy += answers[i].err == ERR_BUSY;
    }
    assert_true(busy >= 1);
    assert_true(busy < LIMIT_COMMANDS_PENDING);
}

/* ---------------------------------------------------------------------------- settings -- */

static void list_setting(void *arg, const char *key, struct slice value)
{
    struct buf *out = arg;
    buf_put_str(out, key);
    buf_put_str(out, "=");
    buf_put(out, value.p, value.n);
    buf_put_str(out, ";");
}

static enum err set(struct world *world, struct side *side, const char *key, const char *value)
{
    enum err err = ERR_COUNT;
    runtime_set(side->runtime, key, slice_of(value, value == NULL ? 0 : strlen(value)), on_done,
                &err);
    assert_int_equal(err, ERR_COUNT);
    UNTIL(world, err != ERR_COUNT);
    return err;
}

static bool holds(const char *dir, const char *words)
{
    char path[128];
    struct buf bytes = {0};
    snprintf(path, sizeof(path), "%s/store/data.mdb", dir);
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    uint8_t block[65536];
    size_t n;
    while ((n = fread(block, 1, sizeof(block), file)) > 0)
        buf_put(&bytes, block, n);
    fclose(file);
    assert_true(bytes.len > 4096);
    bool found = memmem(bytes.data, bytes.len, words, strlen(words)) != NULL;
    buf_fini(&bytes);
    return found;
}

static void test_settings_are_sealed_and_durable(void **state)
{
    struct world *world = *state;
    struct buf out = {0};
    char longest[502];

    assert_err(ERR_NOT_FOUND, runtime_setting(world->a.runtime, "app/names", &out));
    assert_ok(set(world, &world->a, "app/names", "Marigold, Ahmed"));
    assert_ok(set(world, &world->a, "app/names2", "other"));
    assert_ok(set(world, &world->a, "draft/1", "half a thought"));
    stop_side(world, &world->a);
    assert_false(holds(world->a.dir, "Marigold"));
    assert_true(holds(world->a.dir, "app/names")); /* it looked in the right place */
    open_side(world, &world->a);
    assert_ok(runtime_setting(world->a.runtime, "app/names", &out));
    assert_true(slice_eq(buf_slice(&out), slice_of("Marigold, Ahmed", 15)));
    out.len = 0;
    runtime_each_setting(world->a.runtime, "app/", list_setting, &out);
    buf_put_u8(&out, 0);
    assert_string_equal((const char *)out.data, "app/names=Marigold, Ahmed;app/names2=other;");
    assert_ok(set(world, &world->a, "app/names", NULL));
    assert_err(ERR_NOT_FOUND, runtime_setting(world->a.runtime, "app/names", &out));
    memset(longest, 'k', 501);
    longest[501] = '\0';
    assert_err(ERR_INVALID, set(world, &world->a, longest, "v"));
    assert_ok(set(world, &world->a, longest + 1, "v"));
    buf_fini(&out);
}

int main(void)
{
#define T(test) cmocka_unit_test_setup_teardown(test, setup, teardown)
    const struct CMUnitTest tests[] = {
        T(test_what_was_acknowledged_is_there_after_a_restart),
        T(test_two_schools_meet),
        T(test_a_full_disk_refuses_and_reading_goes_on),
        T(test_what_waits_when_it_ends_is_answered),
        T(test_commands_have_a_bound),
        T(test_settings_are_sealed_and_durable),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
