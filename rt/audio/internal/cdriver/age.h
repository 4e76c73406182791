/* How old a JACK cycle is. */
#ifndef MEMKIT_AGE_H
#define MEMKIT_AGE_H

#include <stdint.h>

/* JACK filters the times at which cycles begin. After its server was held up, the
 * filter needs most of a second to follow: all cycles look as old as the server was
 * late, or as beginning in the future where it then ran ahead. So an age that no
 * cycle falls below is taken for the filter's: from an xrun on at once, else in a
 * window of 8 cycles. Shorter, and a client that is late several times in a row
 * passes for the filter; longer, and more cycles are judged wrongly. */
enum { MEMKIT_AGE_WINDOW = 8 };

struct memkit_age {
	int64_t off;   /* by which the filter is taken to be off */
	int64_t least; /* age of this window so far */
	uint32_t seen; /* cycles of this window */
};

/* Returns the age of a cycle, in ns, from the age that JACK's times give it. A
 * cycle cannot be older than a period: the next would have begun. */
static inline int64_t memkit_age(struct memkit_age *a, int64_t age, int64_t period, int xrun)
{
	if (xrun) {
		a->off = age;
		a->seen = 0;
	}
	if (a->seen == 0 || age < a->least)
		a->least = age;
	if (++a->seen == MEMKIT_AGE_WINDOW) {
		/* A quarter of a period is beyond any client's usual delay. */
		a->off = a->least < 0 || a->least > period / 4 ? a->least : 0;
		a->seen = 0;
	}
	if (age < a->off)
		a->off = age;
	age -= a->off;
	return age > period ? 0 : age;
}

#endif
