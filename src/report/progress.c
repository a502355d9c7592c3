/* See progress.h. */
#include "report/progress.h"

#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/out.h"

struct progress progress_of(int descriptor)
{
	const char *term = getenv("TERM");

	return (struct progress){
		.descriptor = descriptor,
		.is_live = descriptor >= 0 && isatty(descriptor) && term && strcmp(term, "dumb") != 0,
	};
}

static void send_out(const struct progress *progress, const char *text, size_t n)
{
	/* A terminal that takes no more loses a line that says nothing lasting. */
	ssize_t sent = write(progress->descriptor, text, n);

	(void)sent;
}

static size_t columns_of(int descriptor)
{
	struct winsize size = { 0 };

	return ioctl(descriptor, TIOCGWINSZ, &size) == 0 && size.ws_col > 8 ? size.ws_col : 80;
}

void progress_step(struct progress *progress, const char *what)
{
	char safe[256];
	struct out line = { 0 };
	size_t columns, cap;

	if (!progress->is_live)
		return;
	columns = columns_of(progress->descriptor);
	cap = columns - 4 < sizeof safe ? columns - 4 : sizeof safe;
	out_printf(&line, "\r\033[K\033[2m%s\033[0m", safe_copy(safe, cap, span_str(what)));
	if (line.text)
		send_out(progress, line.text, line.n);
	progress->is_shown = true;
	out_release(&line);
}

void progress_clear(struct progress *progress)
{
	if (progress->is_shown)
		send_out(progress, "\r\033[K", 4);
	progress->is_shown = false;
}
