#include "field/probe.h"

#include <string.h>

static int question_of(struct probe *p, const struct fam_probe *row)
{
	for (int i = 0; i < p->questions; i++) {
		const struct line_question *ask = &p->question[i].ask;
		if (ask->function == row->function && ask->address == row->address && ask->count == row->count)
			return i;
	}
	if (p->questions == PROBE_QUESTIONS_MAX)
		return -1;
	p->question[p->questions].ask = (struct line_question){ .function = row->function, .address = row->address, .count = row->count };
	return p->questions++;
}

static void add_row(struct probe *p, int family, const struct fam_probe *row)
{
	if (p->rows == PROBE_QUESTIONS_MAX || row->count < 1 || row->count > FAM_PROBE_WORDS_MAX)
		return;
	int question = question_of(p, row);
	if (question < 0)
		return;
	int at = p->rows++;
	for (; at > 0 && p->row[at - 1].row.order > row->order; at--)
		p->row[at] = p->row[at - 1];
	p->row[at] = (struct probe_row){ *row, (uint8_t)family, (uint8_t)question };
}

static bool is_of_unit(const struct fam_block *block)
{
	return block->used && block->levels & (FAM_LEVEL_UNIT | FAM_LEVEL_SYSTEM);
}

/* The first fast table of a single unit, or its first table when none is fast. */
static const struct fam_block *first_table(const struct family *f)
{
	const struct fam_block *first = NULL;
	for (int b = 0; b < f->block_count; b++)
		if (is_of_unit(&f->block[b]) && (!first || (first->rate != FAM_FAST && f->block[b].rate == FAM_FAST)))
			first = &f->block[b];
	return first;
}

static void add_first_table(struct probe *p, int family)
{
	const struct family *f = p->family[family];
	const struct fam_block *block = first_table(f);
	if (!block)
		return;
	uint8_t count = block->shorter ? block->shorter : block->count;
	struct fam_probe row = {
		.order = UINT8_MAX, .function = block->function, .address = family_address(f, block, LEVEL_UNIT, SYSTEM_SINGLE, 0),
		.count = count < FAM_PROBE_WORDS_MAX ? count : FAM_PROBE_WORDS_MAX,
	};
	add_row(p, family, &row);
}

void probe_make(struct probe *p, const struct family *const *families, int count, bool forced)
{
	*p = (struct probe){ .forced = forced, .present = -1, .found = -1 };
	p->families = count < PROBE_FAMILIES_MAX ? count : PROBE_FAMILIES_MAX;
	for (int i = 0; i < p->families; i++) {
		p->family[i] = families[i];
		for (int r = 0; r < families[i]->probe_count; r++)
			add_row(p, i, &families[i]->probe[r]);
		if (forced || !families[i]->probe_count)
			add_first_table(p, i);
	}
}

static bool fits(const struct probe *p, const struct probe_row *r)
{
	const struct probe_question *q = &p->question[r->question];
	return q->answered && (p->forced || family_probe_matches(&r->row, q->word, q->ask.count));
}

/* The first question of rows [0, end) that got no answer in fewer than `tries` attempts; -1: none. */
static int unanswered(const struct probe *p, int end, int tries)
{
	for (int i = 0; i < end; i++) {
		const struct probe_question *q = &p->question[p->row[i].question];
		if (!q->answered && !q->refused && q->tries < tries)
			return p->row[i].question;
	}
	return -1;
}

bool probe_next(struct probe *p, struct line_question *ask)
{
	p->present = -1;
	for (int i = 0; i < p->rows && p->present < 0; i++) {
		if (fits(p, &p->row[i])) {
			p->present = unanswered(p, i, PROBE_TRIES);
			if (p->present < 0) {
				p->found = p->row[i].family;
				return false;
			}
		} else {
			p->present = unanswered(p, i + 1, 1);
		}
	}
	if (p->present < 0)
		return false;
	*ask = p->question[p->present].ask;
	return true;
}

void probe_put(struct probe *p, const struct line_answer *a, const uint16_t *words)
{
	struct probe_question *q = &p->question[p->present];
	q->tries++;
	p->alive |= a->result == LINE_ANSWER || a->result == LINE_EXCEPTION;
	q->answered = a->result == LINE_ANSWER && !line_all_ones(&q->ask, words);
	q->refused = a->result == LINE_EXCEPTION && line_is_for_good(a->exception) && !a->unsure;
	if (q->answered)
		memcpy(q->word, words, q->ask.count * sizeof words[0]);
}
