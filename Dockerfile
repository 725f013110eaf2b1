# Footnote in a container: everything is installed from hashes, nothing runs as root, only /data is written.
# Another base, or a pinned digest of it: --build-arg PYTHON_IMAGE=...
ARG PYTHON_IMAGE=python:3.13-slim-bookworm

FROM ${PYTHON_IMAGE} AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
RUN python3 -m venv /opt/venv
COPY requirements/runtime.lock /build/runtime.lock
RUN /opt/venv/bin/pip install --require-hashes -r /build/runtime.lock \
 && /opt/venv/bin/pip uninstall --yes pip
COPY bot /app/bot
COPY adapters /app/adapters
COPY storage /app/storage
COPY docs /app/docs
# A container cannot keep bytecode between starts: without this each start compiles 1,500 modules.
RUN /opt/venv/bin/python -m compileall -q /app

FROM ${PYTHON_IMAGE} AS runtime
LABEL org.opencontainers.image.title="Footnote" \
      org.opencontainers.image.description="Answers questions in Slack and Discord, with sources" \
      org.opencontainers.image.licenses="MIT"
ENV PATH=/opt/venv/bin:$PATH \
    PYTHONPATH=/app \
    PYTHONSAFEPATH=1 \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    HTTP_HOST=0.0.0.0 \
    HTTP_PORT=8080
# Group 0 may write too, for platforms that start containers with any user of that group.
RUN groupadd --gid 10001 footnote \
 && useradd --uid 10001 --gid 10001 --no-create-home --home-dir /data --shell /usr/sbin/nologin footnote \
 && install -d -o 10001 -g 0 -m 0770 /data
COPY --from=build /opt/venv /opt/venv
COPY --from=build /app /app
USER 10001:10001
# Seen from here the default database, data/footnote.db, is in the volume. Setting DATABASE_URL would forbid DATABASE_URL_FILE.
WORKDIR /
VOLUME ["/data"]
EXPOSE 8080 3000
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=30s --timeout=5s --start-period=20s --retries=3 CMD ["python", "-m", "bot", "health"]
ENTRYPOINT ["python", "-m", "bot"]
CMD ["run"]
