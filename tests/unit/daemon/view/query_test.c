/* The questions that faces ask, and the answers' shapes. */
#include <pthread.h>

#include "daemon/view/resolve.h"
#include "tests/unit/daemon/view/world.h"

static struct world *pair(uint64_t seed)
{
    struct world *world = world_new(seed);
    static const char *const names[] = {"Hub", "Adams", "Baker"};
    for (size_t i = 0; i < 3; i++)
        world_view_open(world_school(world, names[i]), NULL);
    world_found(&world->schools[0], "Net");
    world_join(&world->schools[0], &world->schools[1]);
    world_join(&world->schools[0], &world->schools[2]);
    (void)world_buddies(&world->schools[1], &world->schools[2]);
    world_sync(world);
    return world;
}

static json_t *ask(struct world_school *school, const struct query_filter *filter)
{
    struct buf out = {0};
    assert_ok(query_records(school->reader, filter, &out));
    return world_parse(&out);
}

static size_t count(struct world_school *school, struct query_filter filter)
{
    json_t *list = ask(school, &filter);
    size_t n = json_array_size(json_object_get(list, "records"));
    json_decref(list);
    return n;
}

static void filters(void **state)
{
    (void)state;
    struct world *world = pair(20);
    struct world_school *a = &world->schools[1], *b = &world->schools[2];
    char idea[33], cycle[33], sections[256];
    world_new_record(a, "idea", "{\"head\":{\"title\":\"Greet at the door\"}}", idea);
    struct query_key key;
    assert_ok(query_resolve(a->reader, idea, &key));
    char ref[REVISION_REF_CHARS + 1];
    revision_ref(ref, &key.owner, &key.record);
    (void)snprintf(sections, sizeof(sections),
                   "{\"head\":{\"title\":\"Week one\",\"idea\":\"%s\",\"end\":\"2026-02-01\"},"
                   "\"plan\":{\"change\":\"Greet\"},\"do\":{\"carried_out\":\"yes\"}}",
                   ref);
    world_new_record(a, "cycle", sections, cycle);
    world_share(a, cycle, "buddies");
    world_sync(world);
    assert_int_equal(count(a, (struct query_filter){0}), 2);
    assert_int_equal(count(a, (struct query_filter){.type = "idea"}), 1);
    assert_int_equal(count(a, (struct query_filter){.state = "doing"}), 1);
    assert_int_equal(count(a, (struct query_filter){.owner = "me"}), 2);
    assert_int_equal(count(a, (struct query_filter){.owner = "baker"}), 0);
    assert_int_equal(count(b, (struct query_filter){.owner = "Adams"}), 1);
    assert_int_equal(count(a, (struct query_filter){.audience = "group"}), 1);
    assert_int_equal(count(a, (struct query_filter){.audience = "own"}), 2);
    assert_int_equal(count(a, (struct query_filter){.audience = "buddies"}), 1);
    assert_int_equal(count(a, (struct query_filter){.text = "week"}), 1);
    assert_int_equal(count(a, (struct query_filter){.text = "\" ; DROP"}), 0);
    assert_int_equal(count(a, (struct query_filter){.text = "()"}), 0);
    assert_int_equal(count(a, (struct query_filter){.link = idea}), 1);
    assert_int_equal(count(a, (struct query_filter){.limit = 1}), 1);
    assert_int_equal(count(a, (struct query_filter){.limit = 1, .offset = 2}), 0);
    assert_int_equal(count(a, (struct query_filter){.flag = "no_prediction"}), 1);
    assert_int_equal(count(a, (struct query_filter){.flag = "overdue"}), 0);
    assert_int_equal(
        count(a, (struct query_filter){.flag = "overdue", .wall_s = world->wall_s}), 1);
    assert_int_equal(count(a, (struct query_filter){.since = view_reader_applied(a->reader)}),
                     0);
    json_t *show = world_show(a, idea);
    assert_string_equal(world_text(show, "state"), "testing");
    assert_string_equal(world_text(show, "derived.tests.0.title"), "Week one");
    json_decref(show);
    world_edit(a, cycle, "{\"act\":{\"decision\":\"adopt\"},\"study\":{\"summary\":\"Yes\"}}");
    show = world_show(a, idea);
    assert_string_equal(world_text(show, "state"), "adopted");
    json_decref(show);

    /* Prefixes: unique, too short, of nothing. */
    char prefix[7] = {0};
    memcpy(prefix, idea, 6);
    assert_ok(query_resolve(a->reader, prefix, &key));
    prefix[3] = '\0';
    assert_err(ERR_NOT_FOUND, query_resolve(a->reader, prefix, &key));
    assert_err(ERR_NOT_FOUND, query_resolve(a->reader, "zzzz", &key));
    assert_err(ERR_NOT_FOUND, query_resolve(a->reader, "", &key));
    world_free(world);
}

static void words_are_never_operators(void **state)
{
    static const struct {
        const char *typed, *match;
    } cases[] = {
        {"exit tickets", "\"exit\" \"tickets\"*"},
        {"a AND b", "\"a\" \"AND\" \"b\"*"},
        {"title:x*", "\"title\" \"x\""},
        {"\"two words\" more", "\"two words\" \"more\"*"},
        {"caf\xc3\xa9", "\"caf\xc3\xa9\"*"},
        {" -- ", ""},
        {"\"open", "\"open\""},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct buf out = {0};
        resolve_words(&out, cases[i].typed);
        buf_put_u8(&out, 0);
        assert_string_equal((char *)out.data, cases[i].match);
        buf_fini(&out);
    }
}

static void feed_and_feedback(void **state)
{
    (void)state;
    struct world *world = pair(21);
    struct world_school *a = &world->schools[1], *b = &world->schools[2];
    char id[33];
    struct buf out = {0};
    world_new_record(a, "cycle",
                     "{\"head\":{\"title\":\"Week one\"},\"plan\":{\"change\":\"Greet\"}}", id);
    world_share(a, id, "buddies");
    world_sync(world);
    assert_ok(query_feedback(b->reader, QUERY_FEEDBACK_OWED, NULL, world->wall_s, &out));
    json_t *owed = world_parse(&out);
    assert_string_equal(world_text(owed, "records.0.id"), id);
    assert_string_equal(world_text(owed, "records.0.due"), "2026-03-15");
    json_decref(owed);

    struct compose compose;
    struct compose_who who = world_who(b);
    assert_ok(compose_feedback(b->reader, &who, id,
                               "{\"head\":{\"kind\":\"question\",\"text\":\"Which door?\"}}",
                               &compose));
    assert_int_equal(compose.revisions[0].class, SPACE_GROUP);
    char question[33];
    world_record_id(question, &compose);
    world_do(b, &compose);
    compose_fini(&compose);
    world_sync(world);
    assert_ok(query_feedback(b->reader, QUERY_FEEDBACK_OWED, NULL, world->wall_s, &out));
    owed = world_parse(&out);
    assert_int_equal(json_array_size(json_object_get(owed, "records")), 0);
    json_decref(owed);
    assert_ok(query_feedback(a->reader, QUERY_FEEDBACK_GOT, NULL, 0, &out));
    json_t *got = world_parse(&out);
    assert_string_equal(world_text(got, "feedback.0.text"), "Which door?");
    assert_true(json_is_true(
        json_object_get(json_array_get(json_object_get(got, "feedback"), 0), "open")));
    assert_true(json_is_true(
        json_object_get(json_array_get(json_object_get(got, "feedback"), 0), "current")));
    json_decref(got);

    /* The owner's answer goes back to the same group and closes the question. */
    struct query_key key;
    char ref[REVISION_REF_CHARS + 1], answer[256];
    assert_ok(query_resolve(a->reader, question, &key));
    revision_ref(ref, &key.owner, &key.record);
    (void)snprintf(
        answer, sizeof(answer),
        "{\"head\":{\"kind\":\"answer\",\"text\":\"The front one\",\"answers\":\"%s\"}}", ref);
    who = world_who(a);
    assert_ok(compose_feedback(a->reader, &who, id, answer, &compose));
    assert_int_equal(compose.revisions[0].class, SPACE_GROUP);
    world_do(a, &compose);
    compose_fini(&compose);
    world_sync(world);
    assert_ok(query_feedback(b->reader, QUERY_FEEDBACK_GOT, NULL, 0, &out));
    got = world_parse(&out); /* who asked was told */
    assert_string_equal(world_text(got, "feedback.0.text"), "The front one");
    json_decref(got);
    json_t *show = world_show(b, question);
    assert_true(json_is_false(json_object_get(json_object_get(show, "derived"), "open")));
    json_decref(show);
    assert_ok(query_feedback(b->reader, QUERY_FEEDBACK_ON, id, 0, &out));
    json_t *on = world_parse(&out);
    assert_int_equal(json_array_size(json_object_get(on, "feedback")), 2);
    json_decref(on);

    /* The feed of the reader: newest first, one line an edit. */
    world_edit(a, id, "{\"do\":{\"carried_out\":\"yes\"}}");
    world_sync(world);
    assert_ok(query_feed(b->reader, 0, 10, &out));
    json_t *feed = world_parse(&out);
    assert_int_equal(json_array_size(json_object_get(feed, "feed")), 4);
    assert_string_equal(world_text(feed, "feed.0.what"), "edit");
    assert_string_equal(world_text(feed, "feed.0.sections.0"), "do");
    assert_string_equal(world_text(feed, "feed.2.target.title"), "Week one");
    json_decref(feed);
    assert_ok(query_feed(a->reader, 0, 10, &out));
    feed = world_parse(&out);
    assert_int_equal(json_array_size(json_object_get(feed, "feed")), 4);
    json_decref(feed);

    /* On what only this school reads nobody else can answer. */
    char own[33];
    world_new_record(a, "idea", "{\"head\":{\"title\":\"Quiet\"}}", own);
    assert_err(ERR_REFUSED,
               compose_feedback(a->reader, &who, own,
                                "{\"head\":{\"kind\":\"warm\",\"text\":\"x\"}}", &compose));
    compose_fini(&compose);
    world_free(world);
}

static void board_status_members(void **state)
{
    (void)state;
    struct world *world = pair(22);
    struct world_school *a = &world->schools[1];
    char id[33];
    struct buf out = {0};
    world_new_record(a, "cycle",
                     "{\"head\":{\"title\":\"Week one\",\"end\":\"2026-01-01\"},"
                     "\"plan\":{\"change\":\"Greet\"},\"do\":{\"finished\":true}}",
                     id);
    char newer[33];
    world_new_record(a, "cycle",
                     "{\"head\":{\"title\":\"Week two\"},\"plan\":{\"change\":\"Greet\"},"
                     "\"do\":{\"finished\":true}}",
                     newer);
    assert_ok(query_board(a->reader, "me", 1, world->wall_s, &out));
    json_t *board = world_parse(&out);
    json_t *studying = json_array_get(json_object_get(board, "columns"), 3);
    assert_string_equal(world_text(board, "columns.3.state"), "studying");
    assert_string_equal(world_text(board, "columns.3.records.0.id"), newer);
    assert_int_equal(json_array_size(json_object_get(studying, "records")), 1); /* the newest */
    assert_int_equal(json_integer_value(json_object_get(studying, "count")), 2);
    json_decref(board);
    assert_ok(query_status(a->reader, world->wall_s, &out));
    json_t *status = world_parse(&out);
    assert_int_equal(
        json_integer_value(json_object_get(json_object_get(status, "counts"), "mine")), 2);
    assert_string_equal(world_text(status, "attention.0.id"), newer);
    json_decref(status);
    assert_ok(query_members(a->reader, &out));
    json_t *members = world_parse(&out);
    assert_int_equal(json_array_size(json_object_get(members, "schools")), 3);
    json_decref(members);
    world_free(world);
}

struct places {
    size_t n, groups;
};

static void on_place(void *arg, const struct query_place *place)
{
    struct places *places = arg;
    assert_true(place->seq > 0);
    places->n++;
    places->groups += place->class == SPACE_GROUP;
}

static void places(void **state)
{
    (void)state;
    struct world *world = pair(23);
    struct world_school *a = &world->schools[1];
    char id[33];
    struct query_key key;
    struct places seen = {0};
    world_new_record(a, "idea", "{\"head\":{\"title\":\"Greet\"}}", id);
    world_share(a, id, "buddies");
    assert_ok(query_resolve(a->reader, id, &key));
    assert_ok(query_places(a->reader, &key, on_place, &seen));
    assert_int_equal(seen.n, 2);
    assert_int_equal(seen.groups, 1);
    world_free(world);
}

/* A reader on another thread sees whole batches while the view goes on. */
struct watcher {
    struct view_reader *reader;
    bool stop;
    size_t asked;
    bool torn;
};

static void *watch(void *arg)
{
    struct watcher *watcher = arg;
    uint64_t last = 0;
    while (!__atomic_load_n(&watcher->stop, __ATOMIC_ACQUIRE)) {
        struct buf out = {0};
        struct query_filter filter = {.limit = 1000};
        if (query_records(watcher->reader, &filter, &out) != ERR_OK) watcher->torn = true;
        json_t *json = json_loadb((char *)out.data, out.len, 0, NULL);
        uint64_t applied = (uint64_t)json_integer_value(json_object_get(json, "applied"));
        /* Local revisions only, one record each: the count follows what is applied. */
        if (json_array_size(json_object_get(json, "records")) != applied || applied < last) {
            watcher->torn = true;
        }
        last = applied;
        watcher->asked++;
        json_decref(json);
        buf_fini(&out);
    }
    return NULL;
}

static void write_beside_a_reader(struct world_school *school, size_t records)
{
    struct watcher watcher = {0};
    pthread_t thread;
    assert_ok(view_reader_open(&watcher.reader, school->view));
    assert_int_equal(pthread_create(&thread, NULL, watch, &watcher), 0);
    for (size_t i = 0; i < records; i++) {
        char id[33];
        world_new_record(school, "idea", "{\"head\":{\"title\":\"Greet\"}}", id);
    }
    __atomic_store_n(&watcher.stop, true, __ATOMIC_RELEASE);
    assert_int_equal(pthread_join(thread, NULL), 0);
    view_reader_close(watcher.reader);
    assert_false(watcher.torn);
    assert_true(watcher.asked > 0);
}

static void readers_beside_the_writer_in_memory(void **state)
{
    (void)state;
    struct world *world = world_new(25);
    struct world_school *a = world_school(world, "Adams");
    world_view_open(a, NULL);
    write_beside_a_reader(a, 150);
    world_free(world);
}

static void temporary(char path[32])
{
    (void)strcpy(path, "/tmp/kith-view-XXXXXX");
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    close(fd);
    assert_int_equal(unlink(path), 0);
}

static void remove_all(const char *path)
{
    static const char *const suffixes[] = {"", "-wal", "-shm"};
    char name[64];
    for (size_t i = 0; i < 3; i++) {
        (void)snprintf(name, sizeof(name), "%s%s", path, suffixes[i]);
        (void)unlink(name);
    }
}

/* Closed and opened again it goes on where it was; damaged it starts anew. */
static void readers_beside_the_writer(void **state)
{
    (void)state;
    char path[32];
    struct view_status status;
    temporary(path);
    struct world *world = world_new(24);
    struct world_school *a = world_school(world, "Adams");
    world_view_open(a, path);
    write_beside_a_reader(a, 300);
    world_view_close(a);
    world_view_open(a, path);
    view_get_status(a->view, &status);
    assert_int_equal(status.applied, 300);
    assert_null(status.rebuilt);
    world_view_close(a);
    FILE *file = fopen(path, "r+b");
    assert_non_null(file);
    assert_int_equal(fwrite("this is no database", 1, 19, file), 19);
    assert_int_equal(fclose(file), 0);
    world_view_open(a, path);
    view_get_status(a->view, &status);
    assert_non_null(status.rebuilt);
    assert_true(status.rebuilding);
    world_catch_up(a);
    assert_int_equal(count(a, (struct query_filter){.limit = 1000}), 300);
    assert_ok(view_rebuild(a->view));
    assert_int_equal(count(a, (struct query_filter){0}), 0);
    world_catch_up(a);
    assert_int_equal(count(a, (struct query_filter){.limit = 1000}), 300);
    world_free(world);
    remove_all(path);
}

/* Another school's view, or one that is ahead of its log, is not this one's. */
static void foreign_view_starts_anew(void **state)
{
    (void)state;
    char path[32], id[33];
    struct view_status status;
    temporary(path);
    struct world *world = world_new(26);
    struct world_school *a = world_school(world, "Adams"), *b = world_school(world, "Baker");
    world_view_open(a, path);
    world_new_record(a, "idea", "{\"head\":{\"title\":\"Greet\"}}", id);
    world_view_close(a);
    world_view_open(b, path);
    view_get_status(b->view, &status);
    assert_non_null(status.rebuilt);
    assert_int_equal(count(b, (struct query_filter){0}), 0);
    world_view_close(b);
    world_view_open(a, path);
    world_catch_up(a);
    assert_int_equal(count(a, (struct query_filter){0}), 1);
    world_view_close(a);
    size_t n = a->log.n;
    a->log.n = 0; /* the log was put back from an older copy */
    world_view_open(a, path);
    assert_int_equal(count(a, (struct query_filter){0}), 0);
    a->log.n = n;
    world_free(world);
    remove_all(path);
}

/* What was erased is in no page of the file. */
static void erased_leaves_no_bytes(void **state)
{
    (void)state;
    char path[32], id[33];
    temporary(path);
    struct world *world = pair(27);
    struct world_school *a = &world->schools[1], *b = &world->schools[2];
    world_view_close(b);
    world_view_open(b, path);
    world_new_record(a, "idea", "{\"head\":{\"title\":\"Zebrafinches at noon\"}}", id);
    world_share(a, id, "network");
    world_sync(world);
    assert_int_equal(count(b, (struct query_filter){.text = "zebrafinches"}), 1);
    struct compose compose, none;
    struct compose_audience audience;
    assert_ok(compose_audience(a->reader, "network", &audience, &none));
    compose_fini(&none);
    assert_ok(compose_unshare(a->reader, id, &audience, &compose));
    world_do(a, &compose);
    compose_fini(&compose);
    world_sync(world);
    assert_int_equal(count(b, (struct query_filter){.text = "zebrafinches"}), 0);
    static const char *const suffixes[] = {"", "-wal"};
    for (size_t i = 0; i < 2; i++) {
        char name[64], block[4096];
        struct buf bytes = {0};
        size_t got = 0;
        (void)snprintf(name, sizeof(name), "%s%s", path, suffixes[i]);
        FILE *file = fopen(name, "rb");
        while (file != NULL && (got = fread(block, 1, sizeof(block), file)) > 0) {
            buf_put(&bytes, block, got);
        }
        if (file != NULL) assert_int_equal(fclose(file), 0);
        buf_put_u8(&bytes, 0); /* the log of writes may be empty */
        assert_null(memmem(bytes.data, bytes.len, "Zebrafinches", 12));
        assert_null(memmem(bytes.data, bytes.len, "zebrafinches", 12));
        buf_fini(&bytes);
    }
    world_free(world);
    remove_all(path);
}

static bool log_fails;

static enum err flaky_get(void *ctx, uint64_t lseq, log_fn fn, void *arg)
{
    return log_fails ? ERR_IO : world_log_get(ctx, lseq, fn, arg);
}

static enum err flaky_read(void *ctx, uint64_t after, size_t max, log_fn fn, void *arg)
{
    return log_fails ? ERR_CORRUPT : world_log_read(ctx, after, max, fn, arg);
}

/* A step that fails changes nothing, and the next one does it. */
static void failed_step_is_undone(void **state)
{
    (void)state;
    struct world *world = pair(28);
    struct world_school *a = &world->schools[1], *b = &world->schools[2];
    struct buf before = {0}, after = {0};
    struct fold_space space;
    char id[33];
    bool more = false;
    size_t group = 0;
    while (fold_space_at(world->fold, group, &space) && space.space_class != SPACE_GROUP)
        group++;
    size_t from = world->said_n;
    world_epoch(a, &space.tag);
    size_t to = world->said_n;
    world_deliver(a);
    world_catch_up(a);
    world_new_record(a, "idea", "{\"head\":{\"title\":\"Greet\"}}", id);
    world_share(a, id, "buddies");
    for (size_t i = to; i < world->said_n; i++)
        world_deliver_one(b, i);
    world_catch_up(b);
    assert_ok(view_dump(b->view, &before));
    for (size_t i = from; i < to; i++)
        world_deliver_one(b, i);
    log_fails = true;
    b->log.reader.get = flaky_get;
    assert_err(ERR_IO, view_step(b->view, 0, &more));
    b->log.reader.read = flaky_read;
    assert_err(ERR_CORRUPT, view_step(b->view, 0, &more));
    assert_ok(view_dump(b->view, &after));
    assert_true(slice_eq(buf_slice(&before), buf_slice(&after)));
    log_fails = false;
    world_catch_up(b);
    assert_int_equal(count(b, (struct query_filter){.text = "greet"}), 1);
    world_assert_rebuild_equal(b);
    buf_fini(&before);
    buf_fini(&after);
    world_free(world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(filters),
        cmocka_unit_test(words_are_never_operators),
        cmocka_unit_test(feed_and_feedback),
        cmocka_unit_test(board_status_members),
        cmocka_unit_test(places),
        cmocka_unit_test(readers_beside_the_writer),
        cmocka_unit_test(readers_beside_the_writer_in_memory),
        cmocka_unit_test(foreign_view_starts_anew),
        cmocka_unit_test(erased_leaves_no_bytes),
        cmocka_unit_test(failed_step_is_undone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
