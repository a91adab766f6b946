# syntax=docker/dockerfile:1
# The app and its HTTP interface, without TensorFlow. `docs/deploy.md` says how to run it.
# `tools/container_steps.py` runs each RUN step in a fresh virtual environment.

FROM python:3.11-slim AS build
# Exact versions, each held against its hash.
COPY requirements-container.lock /build/
RUN python -m venv /opt/venv
RUN /opt/venv/bin/python -m pip install --no-cache-dir --no-compile --require-hashes --requirement /build/requirements-container.lock
RUN /opt/venv/bin/python -m pip uninstall --yes pip

FROM python:3.11-slim
COPY --from=build /opt/venv /opt/venv
WORKDIR /app
COPY .streamlit .streamlit
COPY assets assets
COPY rakuten_core rakuten_core
COPY pages pages
COPY streamlit_app.py ./
# Nobody, and nothing to write but /store: the file system may be read-only, with /tmp as a tmpfs.
RUN install --directory --owner 65534 --group 65534 /store
VOLUME /store
USER 65534:65534
ENV HOME=/tmp RAKUTEN_STORE=/store PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1
EXPOSE 8501
HEALTHCHECK --interval=15s --timeout=5s --start-period=30s \
    CMD ["/opt/venv/bin/python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8501/api/ready', timeout=4)"]
CMD ["/opt/venv/bin/python", "-m", "streamlit", "run", "streamlit_app.py", "--server.port", "8501", "--server.address", "0.0.0.0", "--server.headless", "true"]
