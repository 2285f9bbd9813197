/* What somebody should look at, in words: a bounded list. */
#ifndef API_PROBLEMS_H
#define API_PROBLEMS_H

enum { API_PROBLEMS_MAX = 24, API_PROBLEM_SIZE = 600 };

struct api_problems {
	int count;
	char text[API_PROBLEMS_MAX][API_PROBLEM_SIZE];
};

/* One more; what finds the list full is left out. */
void api_problem(struct api_problems *, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
