/*
 * The sharing screen: whatever the text and the list of names, the points lie in the text, in
 * order, apart from each other, and at whole characters where the text is UTF-8; a name of the
 * list that stands alone is found.
 */
#include "daemon/screen/screen.h"
#include "proto/base/text.h"
#include "tests/fuzz/fuzz.h"

enum { NAMES = 4, POINTS = 40 };

static bool boundary(struct slice text, size_t at)
{
    return at == text.n || (text.p[at] & 0xc0) != 0x80;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    struct fuzz_in in = fuzz_in_of(data, n);
    char *names[NAMES];
    struct screen_point points[POINTS];
    size_t names_n = fuzz_below(&in, NAMES + 1), max = fuzz_below(&in, POINTS + 1);
    for (size_t i = 0; i < names_n; i++) {
        struct slice part = fuzz_take(&in, fuzz_u8(&in) % 24);
        names[i] = mem_zalloc(part.n + 1);
        if (part.n > 0) memcpy(names[i], part.p, part.n);
    }
    struct slice text = fuzz_rest(&in);
    bool utf8 = text_is_utf8(text);
    struct screen *screen = screen_new((const char *const *)names, names_n, 2026);
    size_t found = screen_look(screen, (const char *)text.p, text.n, points, max);
    FUZZ_CHECK(found <= max);
    for (size_t i = 0; i < found; i++) {
        FUZZ_CHECK(points[i].start < points[i].end && points[i].end <= text.n);
        FUZZ_CHECK(points[i].kind < SCREEN_KIND_COUNT);
        FUZZ_CHECK(i == 0 || points[i - 1].end <= points[i].start);
        if (utf8) {
            FUZZ_CHECK(boundary(text, points[i].start) && boundary(text, points[i].end));
        }
    }
    /* The same twice. */
    struct screen_point again[POINTS];
    FUZZ_CHECK(screen_look(screen, (const char *)text.p, text.n, again, max) == found);
    for (size_t i = 0; i < found; i++) {
        FUZZ_CHECK(points[i].kind == again[i].kind && points[i].start == again[i].start &&
                   points[i].end == again[i].end);
    }
    screen_free(screen);
    screen = screen_new((const char *const[]){"Tavika Brolen"}, 1, 2026);
    FUZZ_CHECK(screen_look(screen, "tavika", 6, points, POINTS) == 1);
    screen_free(screen);
    for (size_t i = 0; i < names_n; i++)
        free(names[i]);
    return 0;
}

void fuzz_seeds(fuzz_put_fn put, void *ctx)
{
    static const char *const texts[] = {
        "Tavika's mother called, T. Brolen did not.",
        "Brolen, Tavika and the Brolens; Tavikita",
        "Hope helped. We hope so. May Lendosk in May",
        "la escuela Linden, Linden Middle School, Mr. Linden",
        "ID 48213, #77120, S2204417, 219-09-9999, 20231187",
        "a.b@c.example, office@d.example, (555) 204-8813, +34 612 345 678, 867-2201 call",
        "2012-04-30 30.4.2012 4/30/12 3/4 1.2.3.4",
        "born on March 3, turned 13 on May 4, cumple 15 años el 2 de noviembre",
        "April 30, 2012; 30 de abril de 2012; the 4th of May",
        "one of the quiet ninth grade girls, a student who left, a girl, each student",
        "un alumno, una de mis alumnas, ese niño, cada alumno, un alumno por mesa",
        "3 out of 7 English learners, nine of ten, both boys, n = 6, groups of four students",
        "tres alumnos, cinco de los ocho alumnos, dos de ellas, my three who passed",
        "the only girl in the club, él es el único con aparato, the twins, the pastor's son",
        "her little brother; She came from Eritrea; uses a wheelchair; foster parents of him",
        "mother of one of our sophomores, someone in 5th period, a 12-year-old, de 13 años",
        "a student named Grelda; students said; student council; one student at a time",
        "ŠČŽ Ærø ß Ĳ œ \xc3\xa9 e\xcc\x81 Ω ПРИВЕТ 東京 \xff\xfe",
    };
    static const char *const lists[] = {"Tavika Brolen", "Hope Tavrek", "Linden",
                                        "Ñandor, Zuleka"};
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        for (uint8_t k = 0; k < 12; k++) {
            struct buf seed = {0};
            buf_put_u8(&seed, k % (NAMES + 1));
            buf_put_u8(&seed, (uint8_t)(POINTS - k % 3));
            for (uint8_t name = 0; name < k % (NAMES + 1); name++) {
                const char *text = lists[(name + k) % 4];
                buf_put_u8(&seed, (uint8_t)strlen(text));
                buf_put_str(&seed, text);
            }
            buf_put_str(&seed, texts[i] + (k / 5) * 3);
            put(ctx, buf_slice(&seed));
            buf_fini(&seed);
        }
    }
}
