/* why443: reads the command line and hands it to one command. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "cli.h"

int complain(const char *fmt, ...)
{
	va_list ap;

	fputs("why443: ", stderr);
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fputc('\n', stderr);
	return EXIT_TROUBLE;
}

int emit(const char *text, int status)
{
	if (!text)
		return complain("out of memory");
	if (fputs(text, stdout) == EOF || fflush(stdout) != 0 || ferror(stdout))
		return complain("cannot write to standard output: %m");
	return status;
}

/* ---- how to show it --------------------------------------------------------------------------------- */

static unsigned width_of(void)
{
	struct winsize size = { 0 };
	const char *columns = getenv("COLUMNS");
	unsigned long n = columns && strspn(columns, "0123456789") == strlen(columns) ? strtoul(columns, NULL, 10) : 0;

	if (isatty(STDOUT_FILENO) && ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0)
		return size.ws_col;
	return n > 0 && n < 1000 ? (unsigned)n : 80;
}

static bool has_colour(const struct invocation *in)
{
	const char *no = getenv("NO_COLOR"), *term = getenv("TERM");

	return !in->is[KIND_NO_COLOR] && !(no && *no) && isatty(STDOUT_FILENO) && term && strcmp(term, "dumb") != 0;
}

static bool has_unicode(void)
{
	static const char *const names[] = { "LC_ALL", "LC_CTYPE", "LANG" };

	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		const char *value = getenv(names[i]);

		if (value && *value)
			return strcasestr(value, "utf-8") || strcasestr(value, "utf8");
	}
	return false;
}

struct why_style style_of(const struct invocation *in)
{
	return (struct why_style){
		.width = width_of(), .colour = has_colour(in), .unicode = has_unicode(),
		.quiet = in->is[KIND_QUIET], .verbose = in->is[KIND_VERBOSE],
	};
}

/* ---- signals ------------------------------------------------------------------------------------------ */

static void die_of(int signal_number)
{
	signal(signal_number, SIG_DFL);
	raise(signal_number);
}

/* The live line goes before we do. */
static void clear_and_die_of(int signal_number)
{
	ssize_t sent = write(STDERR_FILENO, "\r\033[K", 4);

	(void)sent;
	die_of(signal_number);
}

/* libuv has no other answer than abort() where the kernel refuses it what the loop stands on (epoll_ctl,
 * its pipe and eventfd). errno is still what that call left; any other abort is a mistake of ours, and dies as one. */
static void abort_explained(int signal_number)
{
	static const char begin[] = "why443: the system refuses what the event loop needs: ";
	int said = errno;
	const char *why = strerrordesc_np(said);
	bool is_refusal = said == EMFILE || said == ENFILE || said == ENOMEM || said == ENOSPC || said == EPERM;
	ssize_t sent = 0;

	if (!is_refusal || !why)
		die_of(signal_number);
	sent += write(STDERR_FILENO, begin, sizeof begin - 1);
	sent += write(STDERR_FILENO, why, strlen(why));
	sent += write(STDERR_FILENO, "\n", 1);
	(void)sent;
	_exit(EXIT_TROUBLE);
}

static void signals_prepare(void)
{
	struct sigaction action = { .sa_handler = isatty(STDERR_FILENO) ? clear_and_die_of : die_of };

	action.sa_flags = (int)SA_NODEFER;
	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
	signal(SIGABRT, abort_explained);
	/* A reader that has gone is told by write(). */
	signal(SIGPIPE, SIG_IGN);
}

/* A caller may have closed one of the three: what we open next would take its place, and be written to. Standard output is
 * opened so that writing to it still fails. */
static void descriptors_prepare(void)
{
	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
		if (fcntl(fd, F_GETFD) < 0 && errno == EBADF && open("/dev/null", fd == STDERR_FILENO ? O_WRONLY : O_RDONLY) != fd)
			_exit(EXIT_TROUBLE);
}

/* ---- main ---------------------------------------------------------------------------------------------- */

static int run(const struct invocation *in)
{
	if (in->is[KIND_VERSION])
		return cmd_version(in);
	if (in->is[KIND_HELP]) {
		if (in->command)
			usage_command(stdout, in->command);
		else
			usage_print(stdout);
		return EXIT_OK;
	}
	if (in->command)
		return in->command->run(in);
	if (in->n_given > 0)
		return complain("no target; expected a name, an address, host:port or a URL");
	usage_print(stderr);
	return EXIT_TROUBLE;
}

int main(int argc, char **argv)
{
	struct invocation in;
	int status;

	why_exit_without_memory();
	descriptors_prepare();
	signals_prepare();
	status = args_parse(argc, argv, &in);
	if (status == 0)
		status = run(&in);
	args_release(&in);
	if ((fflush(stdout) != 0 || ferror(stdout)) && status != EXIT_TROUBLE)
		status = complain("cannot write to standard output: %m");
	return status;
}
