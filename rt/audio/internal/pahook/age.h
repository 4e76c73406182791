/* How old a JACK cycle is. */
#ifndef MEMKIT_AGE_H
#define MEMKIT_AGE_H

#include <stdint.h>

/* JACK filters the times at which cycles begin. After its server was held up, the
 * filter needs most of a second to follow, and all cycles look as old as the server
 * was late. So an age that no cycle of a window falls below is taken for the
 * filter's. The window is 16 cycles: shorter, and a client that is late several
 * times in a row passes for the filter; longer, and more cycles are judged wrongly
 * after a hold-up. */
enum { MEMKIT_AGE_WINDOW = 16 };

struct memkit_age {
	int64_t lag;    /* the least age of the window before */
	int64_t least;  /* of this window so far */
	uint32_t seen;  /* cycles of this window */
};

/* Returns the age of a cycle, in ns, from the age that JACK's times give it. A
 * cycle cannot be older than a period: the next would have begun. */
static inline int64_t memkit_age(struct memkit_age *a, int64_t age, int64_t period)
{
	if (a->seen == 0 || age < a->least)
		a->least = age;
	if (++a->seen == MEMKIT_AGE_WINDOW) {
		/* A quarter of a period is beyond any client's usual delay. */
		a->lag = a->least > period / 4 ? a->least : 0;
		a->seen = 0;
	}
	if (age < a->lag)
		a->lag = 0; /* the filter has followed */
	age -= a->lag;
	return age < 0 || age > period ? 0 : age;
}

#endif
