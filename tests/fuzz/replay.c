/*
 * replay: runs a target over its corpus, one file of many inputs (each behind a 4-byte length).
 *
 *   replay FILE            runs every input; fails when there are fewer than 200
 *   replay --unpack FILE FOLDER   each input as a file of its own, as libFuzzer wants them
 *   replay --pack FILE FOLDER [MORE…]   back again, smallest first, up to the cap below; what
 *                          stands in MORE is taken only until there are enough
 *   replay --seeds FOLDER         what the boxes' own encoders make
 *   replay --one FILE             one input as it is: a crash that the fuzzer has written
 */
#include <dirent.h>
#include <stdio.h>
#include <sys/stat.h>

#include "tests/fuzz/fuzz.h"

enum {
    INPUTS_LEAST = 200,
    INPUTS_ENOUGH = 220,
    CORPUS_BYTES_MAX = 256 * 1024,
    PATH_BYTES = 1024
};

static struct buf read_file(const char *path)
{
    struct buf out = {0};
    FILE *file = fopen(path, "rb");
    if (file == NULL) {
        perror(path);
        exit(2);
    }
    char block[65536];
    size_t n;
    while ((n = fread(block, 1, sizeof(block), file)) > 0)
        buf_put(&out, block, n);
    fclose(file);
    return out;
}

static void write_file(const char *path, struct slice bytes)
{
    FILE *file = fopen(path, "wb");
    if (file == NULL ||
        fwrite(bytes.p == NULL ? (const void *)"" : bytes.p, 1, bytes.n, file) != bytes.n ||
        fclose(file) != 0) {
        perror(path);
        exit(2);
    }
}

/* Calls put for each input of a corpus; returns how many there are. */
static size_t each_input(const char *path, fuzz_put_fn put, void *ctx)
{
    struct buf corpus = read_file(path);
    struct cursor cursor = cursor_of(buf_slice(&corpus));
    size_t n = 0;
    while (cursor.left > 0) {
        uint32_t bytes = cursor_u32(&cursor);
        struct slice input = cursor_take(&cursor, bytes);
        if (cursor.failed) {
            fprintf(stderr, "%s: cut short after %zu inputs\n", path, n);
            exit(2);
        }
        put(ctx, input);
        n++;
    }
    buf_fini(&corpus);
    return n;
}

/* Each input gets memory of its own size, so that a read past its end is seen. */
static void run_input(void *ctx, struct slice input)
{
    uint8_t *copy = malloc(input.n > 0 ? input.n : 1);
    (void)ctx;
    if (copy == NULL) exit(2);
    if (input.n > 0) memcpy(copy, input.p, input.n);
    LLVMFuzzerTestOneInput(copy, input.n);
    free(copy);
}

struct folder {
    const char *path;
    size_t n;
};

static void write_input(void *ctx, struct slice input)
{
    struct folder *folder = ctx;
    char path[PATH_BYTES];
    snprintf(path, sizeof(path), "%s/%06zu", folder->path, folder->n++);
    write_file(path, input);
}

static int by_size(const void *x, const void *y)
{
    const struct buf *a = x, *b = y;
    if (a->len != b->len) return a->len < b->len ? -1 : 1;
    return a->len == 0 ? 0 : memcmp(a->data, b->data, a->len);
}

struct inputs {
    struct buf *all;
    size_t n, cap;
};

static bool holds(const struct inputs *inputs, const struct buf *input)
{
    for (size_t i = 0; i < inputs->n; i++) {
        if (by_size(&inputs->all[i], input) == 0) return true;
    }
    return false;
}

/* Adds a folder's files, each input once, until there are `most`. */
static void add_folder(struct inputs *inputs, const char *folder, size_t most)
{
    struct dirent **names;
    int n = scandir(folder, &names, NULL, alphasort);
    for (int i = 0; i < n; i++) {
        char path[PATH_BYTES];
        struct stat st;
        int length = snprintf(path, sizeof(path), "%s/%s", folder, names[i]->d_name);
        free(names[i]);
        if (inputs->n >= most || length >= PATH_BYTES || stat(path, &st) != 0 ||
            !S_ISREG(st.st_mode)) {
            continue;
        }
        struct buf input = read_file(path);
        if (holds(inputs, &input)) {
            buf_fini(&input);
            continue;
        }
        MEM_RESERVE(inputs->all, inputs->n, inputs->cap);
        inputs->all[inputs->n++] = input;
    }
    if (n >= 0) free(names);
}

/* folders[0] whole, then what the others have until there are enough. */
static int pack(const char *path, char **folders, int n_folders)
{
    struct inputs inputs = {0};
    struct buf out = {0};
    size_t kept = 0;
    for (int i = 0; i < n_folders; i++)
        add_folder(&inputs, folders[i], i == 0 ? SIZE_MAX : INPUTS_ENOUGH);
    if (inputs.n > 0) qsort(inputs.all, inputs.n, sizeof(*inputs.all), by_size);
    for (size_t i = 0; i < inputs.n; i++) {
        struct buf *input = &inputs.all[i];
        if (out.len + 4 + input->len <= CORPUS_BYTES_MAX) {
            buf_put_u32(&out, (uint32_t)input->len);
            buf_put(&out, input->data, input->len);
            kept++;
        }
        buf_fini(input);
    }
    free(inputs.all);
    write_file(path, buf_slice(&out));
    printf("%s: %zu of %zu inputs, %zu bytes\n", path, kept, inputs.n, out.len);
    buf_fini(&out);
    return 0;
}

int main(int argc, char **argv)
{
    if (argc == 2) {
        size_t n = each_input(argv[1], run_input, NULL);
        printf("%s: %zu inputs\n", argv[1], n);
        if (n < INPUTS_LEAST) {
            printf("a corpus of under %d inputs proves little\n", INPUTS_LEAST);
            return 1;
        }
        return 0;
    }
    if (argc == 3 && strcmp(argv[1], "--one") == 0) {
        struct buf input = read_file(argv[2]);
        run_input(NULL, buf_slice(&input));
        buf_fini(&input);
        return 0;
    }
    if (argc == 3 && strcmp(argv[1], "--seeds") == 0) {
        struct folder folder = {.path = argv[2]};
        fuzz_seeds(write_input, &folder);
        return 0;
    }
    if (argc == 4 && strcmp(argv[1], "--unpack") == 0) {
        struct folder folder = {.path = argv[3]};
        each_input(argv[2], write_input, &folder);
        return 0;
    }
    if (argc >= 4 && strcmp(argv[1], "--pack") == 0) {
        return pack(argv[2], argv + 3, argc - 3);
    }
    fprintf(stderr,
            "usage: %s FILE | --one FILE | --seeds FOLDER | --unpack FILE FOLDER | "
            "--pack FILE FOLDER [MORE...]\n",
            argv[0]);
    return 2;
}
