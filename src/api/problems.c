#include "api/problems.h"

#include <stdarg.h>
#include <stdio.h>

void api_problem(struct api_problems *p, const char *format, ...)
{
	va_list args;
	if (p->count == API_PROBLEMS_MAX)
		return;
	va_start(args, format);
	vsnprintf(p->text[p->count++], API_PROBLEM_SIZE, format, args);
	va_end(args);
}
