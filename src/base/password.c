#include "base/password.h"

#include <errno.h>
#include <sodium/core.h>
#include <sodium/crypto_pwhash.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/utf8.h"

enum { FILE_MAX = 16384, PASSES = 3, MEMORY = 8 << 20 };

enum password_shape password_shape(const char *text, size_t n)
{
	if (n == 0 || !utf8_valid(text, n))
		return PASSWORD_NO_TEXT;
	size_t characters = 0;
	for (uint32_t code; n; characters++) {
		size_t octets = utf8_next(text, n, &code);
		text += octets;
		n -= octets;
	}
	return characters > PASSWORD_CHARACTERS ? PASSWORD_TOO_LONG : PASSWORD_FINE;
}

/* The next line of *rest, which is cut off there; NULL at the end. */
static char *next_line(char **rest)
{
	char *line = *rest;
	if (!line || !*line)
		return NULL;
	size_t n = strcspn(line, "\n");
	*rest = line[n] ? line + n + 1 : NULL;
	line[n] = 0;
	return line;
}

/* What stands behind "NAME "; NULL: the line is another's. */
static const char *of_name(const char *line, const char *name)
{
	size_t n = strlen(name);
	return strncmp(line, name, n) == 0 && line[n] == ' ' ? line + n + 1 : NULL;
}

static bool hash_fits(const char *hash, const char *text, size_t n)
{
	return strlen(hash) < crypto_pwhash_STRBYTES && crypto_pwhash_str_needs_rehash(hash, PASSES, MEMORY) == 0 &&
	       crypto_pwhash_str_verify(hash, text, n) == 0;
}

bool password_fits(const char *path, const char *name, const char *text, size_t n)
{
	struct err_at why;
	size_t length;
	char *file = password_shape(text, n) == PASSWORD_FINE && sodium_init() >= 0 ? file_read(path, FILE_MAX, &length, &why) : NULL;
	if (!file)
		return false;
	bool fits = false;
	char *rest = file;
	for (char *line; (line = next_line(&rest)) != NULL;) {
		const char *hash = of_name(line, name);
		if (hash) {
			fits = hash_fits(hash, text, n);
			break;
		}
	}
	free(file);
	return fits;
}

bool password_keep(const char *path, const char *name, const char *text, size_t n, struct err_at *why)
{
	char hash[crypto_pwhash_STRBYTES], kept[FILE_MAX + 256];
	if (password_shape(text, n) != PASSWORD_FINE)
		return err_set(why, path, 0, "a password has 1 to %d characters", PASSWORD_CHARACTERS);
	size_t length = 0;
	char *file = file_read(path, FILE_MAX, &length, why);
	if (!file && errno != ENOENT)
		return false;
	if (sodium_init() < 0 || crypto_pwhash_str_alg(hash, text, n, PASSES, MEMORY, crypto_pwhash_ALG_ARGON2ID13) != 0) {
		free(file);
		return err_set(why, path, 0, "no memory for the hash");
	}
	length = (size_t)snprintf(kept, sizeof kept, "%s %s\n", name, hash);
	char *rest = file;
	for (char *line; (line = next_line(&rest)) != NULL;)
		if (!of_name(line, name))
			length += (size_t)snprintf(kept + length, sizeof kept - length, "%s\n", line);
	free(file);
	if (length > FILE_MAX)
		return err_set(why, path, 0, "is too large for another password");
	return file_replace_private(path, kept, length, why);
}
