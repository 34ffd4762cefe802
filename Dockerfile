# The image of all of Duely's processes: web (as it is), worker, scheduler and `flask` commands (another command).
#
# The tag names a branch of Python that is still mended. To build from exactly one image, look its digest up with
# `docker buildx imagetools inspect python:3.11-slim-bookworm` and give it:
#   docker build --build-arg PYTHON=python:3.11-slim-bookworm@sha256:... -t duely .
ARG PYTHON=python:3.11-slim-bookworm

FROM ${PYTHON} AS build
WORKDIR /srv/duely
COPY requirements.txt /tmp/
# Wheels only, so there is no compiler; pip itself stays outside.
RUN python -m venv --without-pip /opt/venv \
 && python -m pip --python /opt/venv/bin/python install \
    --no-cache-dir --no-compile --disable-pip-version-check --only-binary :all: -r /tmp/requirements.txt
COPY app app
COPY migrations migrations
COPY static static
COPY templates templates
COPY config.py worker.py wsgi.py ./
# Brotli makes the style sheets a quarter smaller than gzip does; nobody needs it once they are made.
RUN python -m venv /tmp/compressor \
 && /tmp/compressor/bin/pip install --no-cache-dir --disable-pip-version-check --only-binary :all: \
    brotli==1.2.1 "$(grep '^whitenoise==' /tmp/requirements.txt)" \
 && /tmp/compressor/bin/python -m whitenoise.compress --quiet static
# Nothing can be written later, so bytecode is made now and believed without a look at its source.
RUN /opt/venv/bin/python -m compileall -q -j 0 --invalidation-mode unchecked-hash \
    /opt/venv/lib app migrations config.py worker.py wsgi.py \
 && mkdir -m 0700 /srv/data

FROM ${PYTHON}
# This image brings the standard library without bytecode; each start would compile it again.
RUN python -m compileall -q -j 0 --invalidation-mode unchecked-hash \
    -x '/(site-packages|idlelib|lib2to3|test|tkinter|turtledemo)/' \
    "$(python -c 'import os; print(os.path.dirname(os.__file__))')"
LABEL org.opencontainers.image.title="Duely" org.opencontainers.image.licenses="Apache-2.0"
# Checking a password takes 19 MB for a moment. The last two lines let the C library give them back, not keep them for each
# thread: a worker holds 50 MB less.
ENV PATH=/opt/venv/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    HOME=/tmp \
    INSTANCE_DIR=/data \
    MALLOC_ARENA_MAX=2 \
    MALLOC_MMAP_THRESHOLD_=1048576
WORKDIR /srv/duely
COPY --from=build /opt/venv /opt/venv
COPY --from=build /srv/duely ./
# Logos, attachments and PDFs, and SQLite where there is no PostgreSQL: the only place besides /tmp that is written.
COPY --from=build --chown=10001:10001 /srv/data /data
VOLUME /data
USER 10001:10001
EXPOSE 8000
# Granian answers what it has begun and ends; SIGQUIT and SIGHUP would not let it.
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=15s --timeout=4s --start-period=30s --retries=3 \
    CMD ["python", "-I", "-c", "import http.client as h; c = h.HTTPConnection('127.0.0.1', 8000, timeout=3); c.request('GET', '/health/live/'); raise SystemExit(c.getresponse().status != 200)"]
# The shell puts WEB_THREADS in and is then replaced, so the signal reaches the server. GRANIAN_WORKERS works, too.
CMD ["sh", "-c", "exec granian --interface wsgi --host 0.0.0.0 --port 8000 --no-ws --blocking-threads ${WEB_THREADS:-8} --workers-kill-timeout 20 --log-level warning wsgi:app"]
