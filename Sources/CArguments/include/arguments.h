#ifndef MOTION_STACK_ARGUMENTS_H
#define MOTION_STACK_ARGUMENTS_H

/// The command line as the loader handed it over. Swift's own reads /proc/self/cmdline, which is not everywhere.
int arguments_count(void);

/// The words, `arguments_count()` of them; they live as long as the process. NULL where the loader does not say.
char *const *arguments_words(void);

#endif
