#ifndef A
#define A \
 1
typedef struct tagDSD5500010 {
	MATH_NUMERIC mnOrder; /* 1 */
	JCHAR szItem[26]; // 2 \
 continued
	JCHAR cX, cY;
	ID idZ[2][3];
} DSD5500010, *LPDSD5500010;
#endif
