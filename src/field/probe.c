#include "field/probe.h"

#include <string.h>

static int question_of(struct probe *p, uint16_t address, uint8_t count)
{
	for (int i = 0; i < p->questions; i++)
		if (p->question[i].address == address && p->question[i].count == count)
			return i;
	if (p->questions == PROBE_QUESTIONS_MAX)
		return -1;
	p->question[p->questions] = (struct probe_question){ .address = address, .count = count };
	return p->questions++;
}

static void add_row(struct probe *p, int family, const struct fam_probe *row)
{
	if (p->rows == PROBE_QUESTIONS_MAX || row->count < 1 || row->count > FAM_PROBE_WORDS_MAX)
		return;
	int question = question_of(p, row->address, row->count);
	if (question < 0)
		return;
	int at = p->rows++;
	for (; at > 0 && p->row[at - 1].row.order > row->order; at--)
		p->row[at] = p->row[at - 1];
	p->row[at] = (struct probe_row){ *row, (uint8_t)family, (uint8_t)question };
}

/* Asked for when the map has no probe rows: any answer will do. */
static void add_first_table(struct probe *p, int family)
{
	const struct family *f = p->family[family];
	for (int b = 0; b < f->block_count; b++) {
		const struct fam_block *block = &f->block[b];
		if (!block->used || !(block->levels & (FAM_LEVEL_UNIT | FAM_LEVEL_SYSTEM)))
			continue;
		uint8_t count = block->count < FAM_PROBE_WORDS_MAX ? block->count : FAM_PROBE_WORDS_MAX;
		struct fam_probe row = {
			.order = UINT8_MAX, .address = family_address(f, block, LEVEL_UNIT, SYSTEM_SINGLE, 0), .count = count,
			.function = block->function,
		};
		add_row(p, family, &row);
		return;
	}
}

void probe_make(struct probe *p, const struct family *const *families, int count, bool forced)
{
	*p = (struct probe){ .forced = forced, .present = -1, .found = -1 };
	p->families = count < PROBE_FAMILIES_MAX ? count : PROBE_FAMILIES_MAX;
	for (int i = 0; i < p->families; i++) {
		p->family[i] = families[i];
		for (int r = 0; r < families[i]->probe_count; r++)
			add_row(p, i, &families[i]->probe[r]);
		if (!families[i]->probe_count)
			add_first_table(p, i);
	}
}

static bool fits(const struct probe *p, const struct probe_row *r)
{
	const struct probe_question *q = &p->question[r->question];
	if (p->forced && (q->answered || q->refused))
		return true;
	return q->answered && family_probe_matches(&r->row, q->word, q->count);
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

bool probe_next(struct probe *p, uint16_t *address, uint8_t *count)
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
	*address = p->question[p->present].address;
	*count = p->question[p->present].count;
	return true;
}

void probe_put(struct probe *p, enum line_result result, const uint16_t *words)
{
	struct probe_question *q = &p->question[p->present];
	q->tries++;
	q->answered = result == LINE_ANSWER;
	q->refused = result == LINE_EXCEPTION;
	p->alive |= q->answered || q->refused;
	if (q->answered)
		memcpy(q->word, words, q->count * sizeof words[0]);
}
