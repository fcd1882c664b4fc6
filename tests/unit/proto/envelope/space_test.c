#include "proto/envelope/space.h"

#include "tests/support/vectors.h"

struct world {
    struct network_id network;
    struct school_id school;
    struct envelope_id space_new;
};

static void world_init(struct world *w)
{
    vectors_count(w->network.b, 32, 0);
    vectors_count(w->school.b, 32, 0x20);
    vectors_count(w->space_new.b, 32,
                  0x20); /* the same bytes: only the class tells them apart */
}

static void test_spaces_of_different_classes_differ(void **state)
{
    (void)state;
    struct world w;
    struct space_id ids[5];
    world_init(&w);
    space_network(&ids[0], &w.network);
    space_own(&ids[1], &w.network, &w.school);
    space_hub(&ids[2], &w.network, &w.school);
    space_group(&ids[3], &w.network, &w.space_new);
    w.network.b[0] ^= 1;
    space_network(&ids[4], &w.network);
    for (size_t i = 0; i < 5; i++) {
        struct space_tag tag = space_tag(&ids[i]);
        assert_memory_equal(tag.b, ids[i].b, sizeof(tag.b));
        assert_false(space_tag_is_zero(&tag));
        for (size_t j = 0; j < i; j++)
            assert_false(space_id_eq(&ids[i], &ids[j]));
    }
}

static void test_a_key_is_named_by_all_that_its_epoch_says(void **state)
{
    (void)state;
    struct world w;
    struct space_id space, other_space;
    struct epoch_key key, other_key;
    struct envelope_id parents[2];
    struct key_id ids[6];
    world_init(&w);
    space_network(&space, &w.network);
    space_own(&other_space, &w.network, &w.school);
    vectors_count(key.b, 32, 0x40);
    vectors_count(other_key.b, 32, 0x41);
    vectors_count(parents[0].b, 32, 0x60);
    vectors_count(parents[1].b, 32, 0x80);

    space_key_id(&ids[0], &key, &space, NULL, 0);
    space_key_id(&ids[1], &key, &space, parents, 1);
    space_key_id(&ids[2], &key, &space, parents + 1, 1);
    space_key_id(&ids[3], &key, &space, parents, 2);
    space_key_id(&ids[4], &key, &other_space, NULL, 0);
    space_key_id(&ids[5], &other_key, &space, NULL, 0);
    for (size_t i = 0; i < 6; i++) {
        for (size_t j = 0; j < i; j++)
            assert_false(key_id_eq(&ids[i], &ids[j]));
    }
}

static void test_names_are_the_published_ones(void **state)
{
    (void)state;
    struct world w;
    struct space_id space;
    struct epoch_key key;
    struct envelope_id parents[2];
    struct key_id id;
    world_init(&w);
    json_t *spaces = json_object();
    space_network(&space, &w.network);
    vectors_put(spaces, "network", space.b, 32);
    space_own(&space, &w.network, &w.school);
    vectors_put(spaces, "own", space.b, 32);
    space_hub(&space, &w.network, &w.school);
    vectors_put(spaces, "hub", space.b, 32);
    space_group(&space, &w.network, &w.space_new);
    vectors_put(spaces, "group", space.b, 32);

    vectors_count(key.b, 32, 0x40);
    vectors_count(parents[0].b, 32, 0x60);
    vectors_count(parents[1].b, 32, 0x80);
    json_t *epochs = json_array();
    for (size_t n = 0; n <= 2; n++) {
        json_t *epoch = json_object();
        json_t *list = json_array();
        for (size_t i = 0; i < n; i++)
            json_array_append_new(list, vectors_hex(parents[i].b, 32));
        vectors_put(epoch, "key", key.b, 32);
        vectors_put(epoch, "space_id", space.b, 32);
        json_object_set_new(epoch, "parents", list);
        space_key_id(&id, &key, &space, parents, n);
        vectors_put(epoch, "key_id", id.b, 32);
        json_array_append_new(epochs, epoch);
    }

    json_t *root = json_object();
    vectors_put(root, "network_id", w.network.b, 32);
    vectors_put(root, "school_id", w.school.b, 32);
    vectors_put(root, "space_new_id", w.space_new.b, 32);
    json_object_set_new(root, "space_ids", spaces);
    json_object_set_new(root, "epochs", epochs);
    vectors_check("vectors/envelope/spaces.json", root);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_spaces_of_different_classes_differ),
        cmocka_unit_test(test_a_key_is_named_by_all_that_its_epoch_says),
        cmocka_unit_test(test_names_are_the_published_ones),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
