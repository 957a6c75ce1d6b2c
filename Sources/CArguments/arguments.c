#include "arguments.h"

#include <stddef.h>

static int count = 0;
static char *const *words = NULL;

/* glibc calls constructors as it calls main. */
__attribute__((constructor)) static void keep_arguments(int argc, char **argv, char **envp) {
    (void)envp;
    count = argc;
    words = argv;
}

int arguments_count(void) { return count; }

char *const *arguments_words(void) { return words; }
