#include <signal.h>
#include <stdio.h>

#include "client/cli/cli.h"

int main(int argc, char **argv)
{
    signal(SIGPIPE, SIG_IGN); /* a daemon or a pager that goes away is an error, not an end */
    return cli_main(argc, argv, stdin, stdout, stderr);
}
