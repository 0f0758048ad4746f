# The image of every service of ours in docker-compose.yml. Two stages: only the first has installers.

FROM python:3.11-slim-bookworm AS build
WORKDIR /opt/attache
ENV UV_COMPILE_BYTECODE=1 UV_LINK_MODE=copy UV_NO_CACHE=1 UV_PYTHON_DOWNLOADS=never
COPY pyproject.toml requirements.lock ./

# The installer comes from the lock file too, so that there is no second place for its hash.
RUN awk '/^[^ ]/ {keep = /^uv==/} keep' requirements.lock > /tmp/uv.lock \
 && pip install --no-cache-dir --require-hashes --no-deps --requirement /tmp/uv.lock

# What pyproject.toml says a deployment needs, at the versions and hashes of the one lock file.
# No development tool is among it; a package without a hash in the lock file stops the build.
RUN uv venv --python /usr/local/bin/python3.11 /opt/venv \
 && uv pip install --python /opt/venv --no-build --require-hashes \
    --requirements pyproject.toml --group deployment --constraints requirements.lock

# Editable: the code finds dbt_project beside it. The build backend is held to its hash as well.
COPY README.md ./
COPY attache attache
COPY dags dags
COPY dbt_project dbt_project
COPY expectations expectations
COPY ghosts ghosts
COPY ingestion ingestion
COPY publication publication
COPY runtime runtime
RUN uv pip install --python /opt/venv --no-deps --build-constraints requirements.lock --editable . \
 && /opt/venv/bin/python -m compileall -q attache expectations ingestion publication runtime

# The landing's two loops in C are compiled here; the compiler stays behind.
RUN awk '/^[^ ]/ {keep = /^ziglang==/} keep' requirements.lock > /tmp/ziglang.lock \
 && uv pip install --python /opt/venv --target /tmp/ziglang --no-deps --require-hashes --requirement /tmp/ziglang.lock \
 && PYTHONPATH=/tmp/ziglang /opt/venv/bin/python -m ingestion.native.build

FROM python:3.11-slim-bookworm
RUN useradd --uid 10001 --create-home attache \
 && install --directory --owner=attache --group=attache /var/lib/attache /opt/airflow /opt/airflow/logs
COPY --from=build /opt/venv /opt/venv
COPY --from=build /opt/attache /opt/attache
# The code belongs to root: whatever is written goes to the home.
ENV PATH=/opt/venv/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    AIRFLOW_HOME=/opt/airflow \
    ATTACHE_HOME=/var/lib/attache \
    DBT_SEND_ANONYMOUS_USAGE_STATS=false \
    GX_ANALYTICS_ENABLED=false
WORKDIR /opt/attache
USER attache
CMD ["attache", "--help"]
