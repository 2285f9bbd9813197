#include "ev/heap.h"

/* A node's children form a list: parent->child, then ->next; ->prev is the left neighbour, or the parent of the first. */

static bool earlier(const struct ev_timer *a, const struct ev_timer *b)
{
	return a->due.ns < b->due.ns || (a->due.ns == b->due.ns && a->order < b->order);
}

/* Both are roots without neighbours; the later one becomes the first child of the other. */
static struct ev_timer *meld(struct ev_timer *a, struct ev_timer *b)
{
	if (!a || !b)
		return a ? a : b;
	if (earlier(b, a)) {
		struct ev_timer *t = a;
		a = b;
		b = t;
	}
	b->next = a->child;
	if (b->next)
		b->next->prev = b;
	b->prev = a;
	a->child = b;
	return a;
}

/* The two passes of the pairing heap, without recursion: left to right in pairs, then back over the pairs. */
static struct ev_timer *meld_children(struct ev_timer *first)
{
	struct ev_timer *pairs = NULL;          /* linked by prev */
	while (first) {
		struct ev_timer *a = first, *b = a->next;
		first = b ? b->next : NULL;
		a->next = a->prev = NULL;
		if (b)
			b->next = b->prev = NULL;
		struct ev_timer *pair = meld(a, b);
		pair->prev = pairs;
		pairs = pair;
	}
	struct ev_timer *root = NULL;
	while (pairs) {
		struct ev_timer *pair = pairs;
		pairs = pair->prev;
		pair->prev = NULL;
		root = meld(root, pair);
	}
	return root;
}

struct ev_timer *ev_heap_insert(struct ev_timer *root, struct ev_timer *t)
{
	t->child = t->next = t->prev = NULL;
	return meld(root, t);
}

struct ev_timer *ev_heap_remove(struct ev_timer *root, struct ev_timer *t)
{
	struct ev_timer *below = meld_children(t->child);
	if (t != root) {
		if (t->prev->child == t)
			t->prev->child = t->next;
		else
			t->prev->next = t->next;
		if (t->next)
			t->next->prev = t->prev;
		below = meld(root, below);
	}
	t->child = t->next = t->prev = NULL;
	return below;
}
