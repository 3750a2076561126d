/*
 * Copyright (c) 2026 The NanoClaw Traffic Guardian developers
 *
 * Permission to use, copy, modify, and distribute this software for any
 * purpose with or without fee is hereby granted, provided that the above
 * copyright notice and this permission notice appear in all copies.
 *
 * THE SOFTWARE IS PROVIDED "AS IS" AND THE AUTHOR DISCLAIMS ALL WARRANTIES
 * WITH REGARD TO THIS SOFTWARE INCLUDING ALL IMPLIED WARRANTIES OF
 * MERCHANTABILITY AND FITNESS. IN NO EVENT SHALL THE AUTHOR BE LIABLE FOR
 * ANY SPECIAL, DIRECT, INDIRECT, OR CONSEQUENTIAL DAMAGES OR ANY DAMAGES
 * WHATSOEVER RESULTING FROM LOSS OF USE, DATA OR PROFITS, WHETHER IN AN
 * ACTION OF CONTRACT, NEGLIGENCE OR OTHER TORTIOUS ACTION, ARISING OUT OF
 * OR IN CONNECTION WITH THE USE OR PERFORMANCE OF THIS SOFTWARE.
 */


#ifndef PARENT_H
#define PARENT_H

#include <sys/types.h>
#include <sys/queue.h>
#include <sys/socket.h>

#include <stdint.h>

#include "conf.h"
#include "msg_ctl.h"
#include "msg_event.h"
#include "msg_leaf.h"
#include "msg_start.h"
#include "proc.h"
#include "sandbox.h"

struct archive;
struct channel;
struct event;
struct event_base;
struct imsg;
struct parent;
struct shelf;
struct shelf_file;
struct stat;

#define SILENCE_MAX_MS		10000	/* a child that says nothing: killed */
#define START_MAX_MS		30000	/* from exec to READY */
#define COMPILER_MAX_MS		15000	/* the whole life of a compiler */
#define GONE_MAX_MS		5000	/* a child whose end has begun */
#define STOP_DELAY_MS		200	/* a child that dies meanwhile */
#define STAGE_MAX_MS		4000	/* one stage of a shutdown */
#define BACKOFF_WINDOW_MS	60000
#define BACKOFF_FREE		2	/* deaths in it that cost nothing */
#define BACKOFF_MAX_MS		30000
#define BACKOFF_SHORT_MS	2000	/* of detectors and the logger */
#define GENERATIONS_MAX		4	/* alive at once, draining included */
#define EVENTS_PENDING_MAX	256
#define CHILD_QUEUE_MAX		(64 * 1024 * 1024) /* a whole configuration */
#define FILES_QUEUE_MAX		(64 * 1024)	/* new files not taken yet */
#define BREACHES_MAX		32	/* told by one child in a minute */
#define VERBS_MAX		120	/* asked for by control ... */
#define VERBS_WINDOW_MS		60000	/* ... in this time */
#define CLOCK_STEP_MS		2000	/* no clock is slewed so fast */
#define REFUSED_MS		500	/* between two of them */
#define CLIENT_OLD_MAX		8	/* rotated files of one that asks */
#define CLIENT_OLD_ALL		4096	/* and of all together */
#define ROTATE_KEEP_SEC		(24 * 3600)

/* One child process, from its first spawn to the end of its generation. */
struct child_proc {
	TAILQ_ENTRY(child_proc)	 entry;
	struct parent		*parent;
	enum proc_role		 role;
	unsigned int		 instance;
	unsigned int		 total;		/* of its role and generation */
	unsigned int		 generation;	/* 0: outlives reloads */
	pid_t			 pid;		/* 0: none */
	uint32_t		 serial;	/* of this spawn, for peers */
	struct channel		*ch;
	enum proc_state		 state;
	int64_t			 started_ms;	/* wall clock, for people */
	int64_t			 spawned_ms;	/* monotonic */
	int64_t			 pinged_ms;	/* unanswered since; 0: none */
	int64_t			 gone_ms;	/* its end began; 0: no */
	int64_t			 limit_ms;	/* its whole life; 0: none */
	int64_t			 breaches_ms;	/* first counted, below */
	unsigned int		 breaches;
	int64_t			 refused_ms[3];	/* rotations, by log */
	int			 ran;		/* was told CHILD_RUN */
	int			 drained;
	int			 replace;	/* ends for a newer program */
	int			 ca_due;	/* it is to tell of its CA */
	uint32_t		 uid;		/* it runs as */
	unsigned int		 restarts;
	unsigned int		 tries;		/* compilers before this one */
	int64_t			 heir_ms;	/* see heir.c; 0: of nobody */
	int64_t			 deaths[BACKOFF_FREE + 8]; /* newest first */
	struct event		*respawn;
	struct event		*release;	/* closes ch */
	struct msg_ready	 ready;
	struct child_stats	 stats;
};
TAILQ_HEAD(child_list, child_proc);

struct listener {
	int			 fd;
	struct sockaddr_storage	 ss;		/* as bound */
	struct sockaddr_storage	 wanted;	/* as configured */
	socklen_t		 len;
	int			 keep;		/* in the configuration to be */
};

/*
 * What a client that may ask mcpd has: a socket in a directory of its own,
 * which a container mounts, and a token, of which only the hash stays here.
 */
struct asker {
	char			 client[MSG_CLIENT_SIZE];
	int			 fd;		/* its listener, or -1 */
	int			 has_token;
	uint8_t			 token[32];
	int			 now;		/* of conf */
	int			 next;		/* of next_conf */
	int			 next_has_token;
	uint8_t			 next_token[32];
	int			 ipc[2];	/* for its tasks, or -1 each */
	int			 next_ipc[2];
};

/* A CA in the making, and the one there is.  The parent sees no key byte. */
struct ca_state {
	struct child_proc	*maker;		/* who makes it, or NULL */
	int			 fd;		/* its file, for writing only */
	uint32_t		 verb_id;	/* rotation asked by control */
	int			 verb_waits;
	int			 known;
	struct msg_ca		 now;		/* as a ca-keeper told */
};

struct event_pending {
	TAILQ_ENTRY(event_pending) entry;
	struct event_rec	 rec;
};
TAILQ_HEAD(event_list, event_pending);

enum parent_phase {
	PHASE_STARTING,		/* first generation not ready yet */
	PHASE_RUNNING,
	PHASE_RELOADING,	/* a new generation is starting */
	PHASE_STOPPING
};

/* A file of certificates as it was last read. */
struct trust_copy {
	char			*path;
	char			*text;
	size_t			 len;
};

struct parent {
	struct event_base	*base;
	struct conf		*conf;
	struct conf		*next_conf;	/* of a reload in progress */
	struct conf_env		 env;
	struct conf_macros	 macros;
	struct paths		 paths;
	const char		*file;		/* -f */
	char			*libexec;	/* where the children are */
	int			 has_compiler;	/* of rules; optional */
	int			 foreground;
	int			 verbose;
	int			 unprivileged;
	int			 detached_fd;	/* tells the first process */
	int			 status;	/* exit status */
	enum parent_phase	 phase;
	unsigned int		 generation;	/* the one that accepts */
	unsigned int		 last_generation;	/* tried */
	uint32_t		 serial;	/* of the last spawn */
	int64_t			 started_ms;

	struct child_list	 children;
	struct event_list	 pending;
	size_t			 npending;

	struct listener		*listeners;
	size_t			 nlisteners;
	struct listener		*mcp_listeners;	/* mcpd's, over HTTP */
	size_t			 nmcp_listeners;
	struct asker		*askers;	/* clients that ask mcpd */
	size_t			 naskers;
	int			 ipc_changed;	/* mcpd has to start afresh */
	int			 control_fd;
	int			 log_dir;	/* directory descriptors */
	int			 clients_dir;
	int			 state_dir;
	int			 run_dir;
	int			 mcp_dir;	/* run/mcp */
	int			 key_fd;	/* fingerprint key */
	int			 null_fd;	/* /dev/null */

	uint32_t		 status_ids[8];	/* requests that wait for ... */
	size_t			 nstatus;	/* ... the counters of now */
	pid_t			 status_pid;	/* of the control that asked */
	struct event		*status_late;	/* bound on that wait */

	struct ca_state		 ca;

	struct archive		*archive;	/* packing of logs */
	int64_t			 keep_due;	/* next look at them */
	int			 over_said;	/* there are too many */

	int64_t			 verbs_ms;	/* first counted, below */
	unsigned int		 verbs;
	uint32_t		 verb_id;	/* reload asked by control */
	int			 verb_waits;
	int			 upgrade;	/* the reload is one */
	int			 stop_stage;
	int64_t			 stage_since;

	struct event		*tick;
	struct event		*signals[4];
	int			 notify_fd;
	int64_t			 watchdog_ms;	/* 0: none wanted */
	int64_t			 watchdog_last;
	uint64_t		 host_mark;	/* state of resolv.conf ... */
	unsigned int		 ticks;
	unsigned int		 reopen_due;	/* 1 << enum file_kind */
	int64_t			 clock_offset;	/* wall clock to monotonic */
	unsigned int		 logdir_moved;	/* ticks since */
	struct trust_copy	 trust[2];	/* of servers, of the gateway */
	struct sandbox_report	 sandbox;
};

/* supervise.c */
int64_t	 now_ms(void);			/* monotonic */
int64_t	 wall_ms(void);			/* UTC */
struct child_proc *child_add(struct parent *, enum proc_role,
	    unsigned int instance, unsigned int total,
	    unsigned int generation);
struct child_proc *child_find(struct parent *, enum proc_role,
	    unsigned int instance, unsigned int generation);
void	 child_remove(struct child_proc *);
int	 child_spawn(struct child_proc *);	/* 0, or -1 and said why */
void	 child_kill(struct child_proc *, const char *why);
void	 child_replace(struct child_proc *);	/* ends, is started again */
int	 child_breach(struct child_proc *, struct imsg *); /* -1: malformed */
void	 children_reap(struct parent *);
void	 children_check(struct parent *);	/* silence and pings */
void	 child_ping(struct child_proc *);	/* asks for its counters */
const char *child_label(const struct child_proc *, char *, size_t);

/* wire.c: configuration and peers of one child */
void	 wire_child(struct child_proc *, const struct conf *);
void	 wire_pairs(struct child_proc *);
/*
 * One to send, or -1: then the child is ended, and started again when there
 * may be descriptors.
 */
int	 wire_dup(struct child_proc *, int fd);
void	 wire_start(struct child_proc *);	/* CONFIG_END */
void	 wire_logger_again(struct child_proc *, const struct conf *);
void	 wire_mcpd_again(struct child_proc *, const struct conf *);
void	 wire_about(struct parent *);	/* mcpd is to know of the CA */
/* Rotated files of a client that the logger answers from. */
unsigned int wire_client_old_keep(const struct conf *);
int	 wire_is_pair(enum proc_role, enum proc_role);
/* Does that detector still wait for what the compiler makes? */
int	 wire_awaits(const struct child_proc *detector,
	    const struct child_proc *compiler);

/* generation.c */
/* 0, or -1 and said why: then some may have been started */
int	 generation_start(struct parent *, const struct conf *,
	    unsigned int generation);
void	 generation_ready(struct parent *);	/* maybe all are: go on */
/* The rule-compiler of detectors to come, NULL if there is none */
struct child_proc *generation_compiler(struct parent *, const struct conf *,
	    unsigned int generation);
/* ... and another when that one died, if they still wait */
void	 generation_recompile(struct child_proc *);
void	 generation_drain(struct parent *);	/* older than the present */
void	 generation_drained(struct child_proc *);
void	 generation_abort(struct parent *, const char *why);
unsigned int generation_count(struct parent *);
/* Is the child still wanted, so that its death calls for another? */
int	 generation_wants(const struct child_proc *);

/* reload.c; reload_parse names every error in the log and the first in text */
struct conf *reload_parse(struct parent *, char *text, size_t);
void	 reload_begin(struct parent *, uint32_t verb_id, int by_verb);
void	 reload_done(struct parent *, int ok, const char *why);

/* upgrade.c: a reload with programs that were installed meanwhile */
void	 upgrade_begin(struct parent *, uint32_t verb_id);
void	 upgrade_done(struct parent *);		/* the generation is there */

/* shutdown.c */
void	 shutdown_begin(struct parent *, int status);
/* 1 unless it stops: even then what is found has to be written down. */
int	 shutdown_wants(const struct child_proc *);
void	 shutdown_step(struct parent *);

/* files.c: every function that returns int gives 0, or -1 and said why */
int	 files_open(struct parent *);
/* A directory that nobody else can write to, made if need be; or -1 */
int	 dir_open(const char *path, mode_t);
int	 dir_lock(int fd, const char *path);	/* one instance a directory */
gid_t	 files_group(struct parent *);	/* the logs' readers, or -1 */
int	 file_open(struct parent *, const struct msg_file *, int *fd);
/* The nth file before, for reading; -1, without a word: there is none */
int	 file_open_old(struct parent *, const struct msg_file *, unsigned n);
/* 1: there is nothing in it to put aside */
int	 file_rotate(struct parent *, const struct msg_file *, int forced);
int	 files_client_dirs(struct parent *, const struct conf *);
void	 files_pid(struct parent *);	/* of the process that stays */
void	 files_close(struct parent *);

/* start.c: what comes before the loop; each says why and gives -1, or 0 */
int	 start_users(struct parent *);		/* do they exist? */
int	 start_libexec(struct parent *, const char *argv0);
int	 start_detach(struct parent *);
int	 start_sandbox(struct parent *);
/* syslogd may have been restarted: nobody would tell, and all be lost. */
void	 start_syslog_again(struct parent *);

/* listeners.c */
int	 listeners_open(struct parent *, const struct conf *);
void	 listeners_commit(struct parent *);	/* drop those not kept */
void	 listeners_abort(struct parent *);	/* drop those not in use */
/* While a reload goes on there are those of both configurations. */
int	 listener_wanted(const struct listener *, const struct conf_listen *,
	    size_t);
int	 control_open(struct parent *);

/* mcp.c: sockets and tokens of clients; as listeners_* */
int	 mcp_open(struct parent *, const struct conf *);
void	 mcp_commit(struct parent *);
void	 mcp_abort(struct parent *);
/* All that mcpd is to listen on, and for whom. */
void	 mcp_wire(struct child_proc *);
void	 mcp_close(struct parent *);

/* ipc.c: a client's directories for tasks and for their answers. */
int	 ipc_open(struct parent *, struct asker *, const char *path);
/* Returns 1 when they are others than before. */
int	 ipc_commit(struct asker *);
void	 ipc_abort(struct asker *);
void	 ipc_close(struct asker *);
void	 ipc_wire(struct child_proc *, const struct asker *);

/* ca.c: files of the CA */
void	 ca_wire(struct child_proc *);
int	 ca_told(struct child_proc *, struct imsg *);	/* -1: malformed */
void	 ca_gone(struct child_proc *);		/* was it making one? */
void	 ca_rotate(struct parent *, uint32_t verb_id);

/* trust.c: files of certificates, as they are */
/* The text is the caller's; -1 and said why, NULL then. */
int	 trust_read(const char *path, char **text, size_t *len);
void	 trust_send(struct child_proc *, const struct conf *);

/* host.c: what the proxy-workers need to know of this host */
void	 host_send(struct child_proc *);
void	 host_check(struct parent *);		/* changed? tell them */

/* notify.c: systemd's protocol, a no-op without NOTIFY_SOCKET */
void	 notify_open(struct parent *);
void	 notify_send(struct parent *, const char *);
void	 notify_watchdog(struct parent *);

/* events.c */
void	 event_post(struct parent *, struct event_rec *);
void	 event_post_child(struct child_proc *, enum event_type,
	    const char *reason);
void	 event_post_client(struct parent *, enum event_type,
	    const char *client, const char *reason);
void	 event_post_text(struct parent *, enum event_type,
	    const char *reason, const char *text);
void	 event_flush(struct parent *);		/* the logger is there */

/* rotate.c: new log files for the logger; -1 and said why */
int	 rotate_asked(struct child_proc *logger, struct imsg *);
int	 rotate_all(struct parent *, const char **text);
void	 rotate_retry(struct parent *);	/* what could not be opened */

/* heir.c: messages of which one process has the only copy */
void	 heir_died(struct child_proc *);	/* not drained */
/* A detector answered what it was asked then */
void	 heir_pong(struct child_proc *, int64_t asked_ms);

/* logdir.c: the log directory, and what somebody does to it */
int	 logdir_open(struct parent *);
void	 logdir_check(struct parent *);

/* keep.c: what there is in the log directory, and how much of it stays */
void	 keep_tick(struct parent *);		/* every second */
int	 keep_over(struct parent *);		/* more than "total"? */
/* A rotated file was removed to make place; others than logs are ignored. */
void	 keep_removed(struct parent *, const char *client, const char *name,
	    uint64_t size);
void	 keep_post(struct parent *, enum event_type,
	    const struct shelf_file *, const char *reason, uint64_t bytes,
	    uint64_t count);
/* Its directory, and itself if it is the one that was seen; or -1, errno */
int	 keep_dir(struct parent *, const struct shelf_file *);
int	 keep_open(int dir, const struct shelf_file *, struct stat *);
int	 keep_in_use(void *parent, const struct shelf_file *);

/* archive.c: packing of rotated logs */
void	 archive_init(struct parent *);
/* Begins with the next of these, unless one is being packed. */
void	 archive_next(struct parent *, const struct shelf *);
int	 archive_busy(struct parent *, const char *client);
int	 archive_told(struct child_proc *, struct imsg *); /* -1: malformed */
void	 archive_ended(struct child_proc *, int ok);

/* status.c: what control asks; dispatch of all children's messages */
int	 child_dispatch(struct channel *, struct imsg *, void *);
/* an address in the form of a destination: host:port, [v6]:port */
void	 addr_format(const struct sockaddr_storage *, char *, size_t);
void	 status_verb_result(struct parent *, uint32_t id, int ok,
	    const char *text);

#endif /* PARENT_H */
