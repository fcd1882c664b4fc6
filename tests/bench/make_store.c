/*
 * bench_store: data folders for the benchmark, made fast and by the product's own node.
 *
 *   bench_store DIR SCHOOLS RECORDS BYTES HUB-ADDRESS
 *
 * DIR/school-0 is the hub and holds everything. The last school was admitted and has been away
 * since: it holds the statements of its day and no record. The others wrote the records, each
 * its part (with two schools: the hub all of them), and the hub turned the network's key over;
 * their folders go once the hub has their part. With BYTES 0 they are what a network writes over
 * some years, cycles and all.
 */
#include <stdio.h>
#include <stdlib.h>

#include "proto/envelope/space.h"
#include "tests/bench/crowd.h"

static void rotate(struct crowd *crowd)
{
    struct node_status status;
    struct command command = {.kind = COMMAND_ROTATE};

    node_get_status(crowd->schools[CROWD_HUB].node, &status);
    space_network(&command.space.space, &status.network);
    crowd_do(crowd, CROWD_HUB, &command);
}

int main(int argc, char **argv)
{
    struct crowd crowd;

    if (argc != 6) {
        (void)fprintf(stderr, "usage: bench_store DIR SCHOOLS RECORDS BYTES HUB-ADDRESS\n");
        return 2;
    }
    unsigned schools = (unsigned)strtoul(argv[2], NULL, 10);
    unsigned records = (unsigned)strtoul(argv[3], NULL, 10);
    unsigned bytes = (unsigned)strtoul(argv[4], NULL, 10);
    if (schools < 2 || (bytes != 0 && (bytes < 600 || bytes > 4000))) {
        (void)fprintf(stderr,
                      "bench_store: at least 2 schools, bodies of 600 to 4000 bytes, or 0\n");
        return 2;
    }
    crowd_init(&crowd, argv[1], schools, argv[5]);
    crowd_found(&crowd);
    for (unsigned i = 1; i < schools; i++)
        crowd_admit(&crowd, i);
    if (schools > 2) rotate(&crowd);
    unsigned writers = schools - 1;
    for (unsigned i = 0, first = 0; i < writers; i++) {
        unsigned count = records / writers + (i < records % writers);
        crowd_on(&crowd, i);
        if (bytes == 0)
            crowd_write_year(&crowd, i, count);
        else
            crowd_write(&crowd, i, first, count, bytes);
        first += count;
        crowd_off_when_held(&crowd, first);
        if (i != CROWD_HUB) crowd_forget(&crowd, i);
    }
    crowd_fini(&crowd);
    return 0;
}
