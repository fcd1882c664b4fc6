/* Steps that gather into one transaction: what readers see meanwhile, and what a failure takes.
 */
#include <stdlib.h>
#include <unistd.h>

#include "tests/unit/daemon/view/world.h"

enum { STEP = 100, RECORDS = VIEW_GATHER + 3 * STEP + 7 };

struct fixture {
    char folder[32], path[64];
    struct world *world;
    struct world_school
        *school; /* its log has RECORDS entries; its view is a file, and empty */
};

static struct fixture begin(void)
{
    struct fixture f = {.folder = "/tmp/kith-steps-XXXXXX"};
    char id[33];
    assert_non_null(mkdtemp(f.folder));
    (void)snprintf(f.path, sizeof(f.path), "%s/view.sqlite", f.folder);
    f.world = world_new(41);
    f.school = world_school(f.world, "Adams");
    world_view_open(f.school, NULL);
    for (int i = 0; i < RECORDS; i++)
        world_new_record(f.school, "idea", "{\"head\":{\"title\":\"Greet\"}}", id);
    assert_int_equal(f.school->log.n, RECORDS);
    world_view_close(f.school);
    world_view_open(f.school, f.path);
    return f;
}

static void end(struct fixture *f)
{
    static const char *const suffixes[] = {"", "-wal", "-shm"};
    char name[80];
    world_free(f->world);
    for (size_t i = 0; i < 3; i++) {
        (void)snprintf(name, sizeof(name), "%s%s", f->path, suffixes[i]);
        (void)unlink(name);
    }
    assert_int_equal(rmdir(f->folder), 0);
}

static void steps(struct fixture *f, size_t n)
{
    bool more = false;
    for (size_t i = 0; i < n; i++) {
        assert_ok(view_step(f->school->view, STEP, &more));
        assert_true(more);
    }
}

/* To a reader, and to who asks the view. */
static void assert_applied(struct fixture *f, uint64_t applied)
{
    struct view_status status;
    view_get_status(f->school->view, &status);
    assert_int_equal(status.applied, applied);
    assert_int_equal(view_reader_applied(f->school->reader), applied);
}

static void readers_see_whole_transactions(void **state)
{
    (void)state;
    struct fixture f = begin();
    bool more = true;
    steps(&f, VIEW_GATHER / STEP - 1);
    assert_applied(&f, 0);
    steps(&f, 1);
    assert_applied(&f, VIEW_GATHER);
    steps(&f, 3);
    assert_applied(&f, VIEW_GATHER);
    assert_ok(view_step(f.school->view, STEP, &more));
    assert_false(more); /* nothing is held back once it has caught up */
    assert_applied(&f, RECORDS);
    assert_true(view_rest(f.school->view));
    assert_false(view_rest(f.school->view));
    world_assert_rebuild_equal(f.school);
    end(&f);
}

static bool log_fails;

static enum err flaky_read(void *ctx, uint64_t after, size_t max, log_fn fn, void *arg)
{
    return log_fails ? ERR_IO : world_log_read(ctx, after, max, fn, arg);
}

static void failure_takes_back_what_nobody_saw(void **state)
{
    (void)state;
    struct fixture f = begin();
    bool more = false;
    f.school->log.reader.read = flaky_read;
    steps(&f, VIEW_GATHER / STEP + 2);
    log_fails = true;
    assert_err(ERR_IO, view_step(f.school->view, STEP, &more));
    assert_applied(&f, VIEW_GATHER);
    log_fails = false;
    steps(&f, 3);
    assert_applied(&f, VIEW_GATHER);
    world_assert_rebuild_equal(f.school);
    end(&f);
}

/* Closed in the middle it goes on after what was committed; a dump commits first. */
static void closed_in_the_middle(void **state)
{
    (void)state;
    struct fixture f = begin();
    steps(&f, VIEW_GATHER / STEP + 2);
    world_view_close(f.school);
    world_view_open(f.school, f.path);
    assert_applied(&f, VIEW_GATHER);
    steps(&f, 1);
    struct buf dump = {0};
    assert_ok(view_dump(f.school->view, &dump));
    buf_fini(&dump);
    assert_applied(&f, VIEW_GATHER + STEP);
    steps(&f, 1);
    assert_ok(view_rebuild(f.school->view));
    assert_applied(&f, 0);
    world_assert_rebuild_equal(f.school);
    end(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(readers_see_whole_transactions),
        cmocka_unit_test(failure_takes_back_what_nobody_saw),
        cmocka_unit_test(closed_in_the_middle),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
