/* Where maps come from: a file, a directory, the program itself. */
#include "family/family.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "family/build.h"
#include "family/builtin.h"

struct family *family_load(const char *path, struct fam_faults *faults)
{
	size_t length;
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
