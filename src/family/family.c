/* Families as things: loading from a file or from the maps compiled in, addresses, the probe. */
#include "family/family.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "family/build.h"
#include "family/builtin.h"

void family_free(struct family *f)
{
	if (!f)
		return;
	free(f->block);
	free(f->model);
	free(f->field);
	free(f->point);
	free(f->bit);
	free(f->rule);
	free(f->guard);
	free(f->code);
	free(f);
}

struct family *family_load(const char *path, struct fam_faults *faults)
{
	size_t length;
	faults->count = 0;
	char *text = file_read(path, MAP_SIZE_MAX, &length, &faults->list[0]);
	if (!text) {
		faults->count = 1;
		return NULL;
	}
	struct family *f = family_parse(text, length, path, faults);
	free(text);
	return f;
}

int family_builtin_count(void)
{
	int count = 0;
	while (family_builtin_table[count].id)
		count++;
	return count;
}

const struct family_text *family_builtin(int i)
{
	return i >= 0 && i < family_builtin_count() ? &family_builtin_table[i] : NULL;
}

/* "ID.map": the id, when it is one. */
static bool id_of_file(const char *file, struct family_id *id)
{
	size_t n = strspn(file, "abcdefghijklmnopqrstuvwxyz0123456789-");
	if (n == 0 || n >= sizeof id->text || strcmp(file + n, ".map") != 0)
		return false;
	memcpy(id->text, file, n);
	id->text[n] = 0;
	return true;
}

static void list_insert(struct family_id *list, int first, int *count, const struct family_id *id)
{
	for (int i = 0; i < first; i++)
		if (strcmp(list[i].text, id->text) == 0)
			return;          /* replaces a compiled-in one */
	int at = *count < FAM_LIST_MAX ? (*count)++ : FAM_LIST_MAX;
	for (; at > first && strcmp(list[at - 1].text, id->text) > 0; at--)
		if (at < FAM_LIST_MAX)
			list[at] = list[at - 1];
	if (at < FAM_LIST_MAX)
		list[at] = *id;
}

int family_list(const char *directory, struct family_id list[FAM_LIST_MAX])
{
	int builtin = family_builtin_count(), count = 0;
	for (; count < builtin && count < FAM_LIST_MAX; count++)
		snprintf(list[count].text, sizeof list[count].text, "%s", family_builtin(count)->id);
	DIR *dir = directory && directory[0] ? opendir(directory) : NULL;
	if (!dir)
		return count;
	struct family_id id;
	for (struct dirent *entry = readdir(dir); entry; entry = readdir(dir))
		if (id_of_file(entry->d_name, &id))
			list_insert(list, builtin, &count, &id);
	closedir(dir);
	return count;
}

struct family *family_find(const char *id_or_path, const char *directory, struct fam_faults *faults)
{
	if (strchr(id_or_path, '/'))
		return family_load(id_or_path, faults);
	if (directory && directory[0]) {
		char path[320];
		int n = snprintf(path, sizeof path, "%s/%s.map", directory, id_or_path);
		if (n > 0 && (size_t)n < sizeof path && access(path, F_OK) == 0)
			return family_load(path, faults);
	}
	for (int i = 0; i < family_builtin_count(); i++) {
		const struct family_text *t = family_builtin(i);
		if (strcmp(t->id, id_or_path) != 0)
			continue;
		char name[64];
		snprintf(name, sizeof name, "%s.map", t->id);
		return family_parse(t->text, t->length, name, faults);
	}
	err_set(&faults->list[0], id_or_path, 0, "no such family");
	faults->count = 1;
	return NULL;
}

struct family *family_open(const char *id_or_path, const char *directory, struct err_at *why)
{
	struct fam_faults faults;
	struct family *f = family_find(id_or_path, directory, &faults);
	if (!f && why)
		*why = faults.list[0];
	return f;
}

void family_set_unit_step(struct family *f, uint16_t step)
{
	f->bases.unit = step;
	f->bases.unit_step = step;
}

uint8_t family_block_words(const struct fam_block *block, enum level level, enum ups_system system)
{
	return level == LEVEL_UPS && system == SYSTEM_PARALLEL ? block->count : block->unit_count;
}

uint16_t family_address(const struct family *f, const struct fam_block *block, enum level level, enum ups_system system,
	uint8_t unit_number)
{
	const struct fam_bases *bases = &f->bases;
	uint32_t base;
	if (block->levels & FAM_LEVEL_SYSTEM)
		base = bases->system;
	else if (level == LEVEL_UPS)
		base = bases->ups;
	else if (system != SYSTEM_PARALLEL)
		base = bases->single;
	else if (unit_number == 0)
		base = bases->concentrator;
	else
		base = bases->unit + (unit_number - 1u) * bases->unit_step;
	return (uint16_t)(base + block->offset);
}

bool family_elsewhere(const struct family *f, const struct fam_block *block, enum level level, uint8_t unit_number, uint16_t address,
	uint16_t *other)
{
	const struct fam_bases *bases = &f->bases;
	if (level != LEVEL_UPS || unit_number == 0 || block->levels & FAM_LEVEL_SYSTEM || bases->ups_else == bases->ups)
		return false;
	if (address != (uint16_t)(bases->ups + block->offset))
		return false;
	*other = (uint16_t)(bases->ups_else + block->offset);
	return true;
}

static bool match_holds(const struct fam_match *m, const uint16_t *words)
{
	if (!m->text[0])
		return words[m->word] >= m->low && words[m->word] <= m->high;
	for (int i = 0; m->text[i]; i++) {
		uint16_t word = words[m->word + i / 2];
		if ((uint8_t)m->text[i] != (i % 2 ? word & 0xFF : word >> 8))
			return false;
	}
	return true;
}

bool family_probe_matches(const struct fam_probe *p, const uint16_t *words, int count)
{
	if (count < p->count)
		return false;
	for (int i = 0; i < p->matches; i++)
		if (!match_holds(&p->match[i], words))
			return false;
	return true;
}

const char *fam_managed_text(enum fam_managed managed)
{
	switch (managed) {
	case FAM_MANAGED_YES:    return "yes";
	case FAM_MANAGED_NO:     return "no";
	case FAM_MANAGED_OPTION: return "option";
	}
	return "yes";
}
