"""nginx, Apache and HAProxy on loopback, each telling how it reads a request.

Every response has a field "X-Seen: METHOD TARGET BODY-BYTES", made when the
whole body was read.  Apache and nginx pass the body on for that, to a second
nginx that counts it.  All live in the current directory and end with the test
(their process ids are added to the file "pids").
"""
import os
import shutil
import socket
import subprocess
import time

WAIT = 20
TRIES = 5

NGINX = """
daemon off;
master_process off;
pid nginx.pid;
error_log nginx.log;
events { worker_connections 256; }
http {
	access_log off;
	client_body_temp_path body;
	proxy_temp_path proxy;
	fastcgi_temp_path fastcgi;
	uwsgi_temp_path uwsgi;
	scgi_temp_path scgi;
	large_client_header_buffers 4 80k;
	keepalive_requests 1000000;
	merge_slashes off;
	map $content_length $length { "" 0; default $content_length; }
	server {
		listen 127.0.0.1:%(port)d;
		rewrite ^ /x break;
		location / {
			proxy_pass http://unix:%(dir)s/count.sock;
			proxy_http_version 1.1;
			proxy_ignore_client_abort on;
			proxy_pass_request_headers off;
			proxy_method POST;
			proxy_set_header Connection "";
			proxy_set_header X-Seen "$request_method $request_uri";
		}
	}
	server {
		listen unix:%(dir)s/count.sock;
		add_header X-Seen "$http_x_seen $length" always;
		return 200;
	}
}
"""

APACHE = """
ServerRoot %(dir)s
DocumentRoot %(dir)s
ServerName localhost
PidFile apache.pid
DefaultRuntimeDir %(dir)s
Mutex sem
ErrorLog apache.log
Listen 127.0.0.1:%(port)d
LoadModule mpm_event_module %(modules)s/mod_mpm_event.so
LoadModule authz_core_module %(modules)s/mod_authz_core.so
LoadModule headers_module %(modules)s/mod_headers.so
LoadModule env_module %(modules)s/mod_env.so
LoadModule proxy_module %(modules)s/mod_proxy.so
LoadModule proxy_http_module %(modules)s/mod_proxy_http.so
StartServers 1
ServerLimit 2
ThreadsPerChild 16
MaxRequestWorkers 32
MaxKeepAliveRequests 0
LimitRequestFields 300
LimitRequestFieldSize 80000
LimitRequestLine 80000
TraceEnable off
SetEnv proxy-sendcl 1
RequestHeader set X-Seen "expr=%%{THE_REQUEST}"
ProxyPassMatch ^ unix:%(dir)s/count.sock|http://localhost/x
"""

HAPROXY = """
global
	maxconn 200
	tune.bufsize 131072
	tune.http.maxhdr 512
defaults
	mode http
	timeout client 20s
	timeout server 20s
	timeout connect 20s
frontend all
	bind 127.0.0.1:%(port)d
	http-request wait-for-body time 20s
	http-request return status 200 content-type text/plain string ok \
hdr X-Seen "%%[method] %%[url] %%[req.body_len]"
"""


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def find(*names):
    path = os.environ["PATH"] + ":/usr/sbin:/usr/local/sbin"
    for name in names:
        found = shutil.which(name, path=path)
        if found:
            return found
    raise AssertionError("none of %r is here: make deps" % (names,))


def modules():
    for path in ("/usr/lib/apache2/modules", "/usr/libexec/apache2",
                 "/usr/local/libexec/apache24", "/usr/local/lib/apache2"):
        if os.path.isdir(path):
            return path
    raise AssertionError("no modules of Apache here: make deps")


class Server:
    """Another process may take the port meanwhile: then with another one."""

    def __init__(self, name, text, command):
        self.name = name
        for _ in range(TRIES):
            self.port = free_port()
            self.host = "127.0.0.1:%d" % self.port
            with open(name + ".conf", "w") as f:
                f.write(text % {"port": self.port, "dir": os.getcwd(),
                                "modules": modules()})
            with open(name + ".out", "ab") as out:
                self.process = subprocess.Popen(
                    command, stdin=subprocess.DEVNULL, stdout=out, stderr=out)
            with open("pids", "a") as f:
                f.write("%d\n" % self.process.pid)
            if self.up():
                return
        with open(name + ".out") as f:
            raise AssertionError("%s does not start: %s" % (name, f.read()))

    def up(self):
        end = time.monotonic() + WAIT
        while self.process.poll() is None and time.monotonic() < end:
            try:
                with socket.create_connection(("127.0.0.1", self.port)) as s:
                    s.sendall(b"GET /up HTTP/1.1\r\nHost: a\r\n"
                              b"Connection: close\r\n\r\n")
                    s.settimeout(WAIT)
                    got = b""
                    while data := s.recv(65536):
                        got += data
                    # its own process is alive, so it has the port
                    if b"GET /up" in got:
                        return self.process.poll() is None
            except OSError:
                pass
            time.sleep(0.02)
        return False

    def stop(self):
        self.process.terminate()
        self.process.wait(WAIT)


def start():
    here = os.getcwd()
    return [
        Server("nginx", NGINX, [find("nginx"), "-p", here, "-c",
                                here + "/nginx.conf"]),
        Server("apache", APACHE, [find("apache2", "httpd"), "-X", "-f",
                                  here + "/apache.conf"]),
        Server("haproxy", HAPROXY, [find("haproxy"), "-db", "-f",
                                    here + "/haproxy.conf"]),
    ]
