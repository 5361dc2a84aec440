# The client in a container. How to run it is described in docs/running.md.
FROM python:3.13-slim

WORKDIR /build
COPY pyproject.toml README.md LICENSE ./
COPY src ./src
RUN pip install --no-cache-dir ".[ldap,workbook]" && rm -rf /build/*

# An account of its own, and a folder for the state; mount a volume there, or each run sends groups and avatars again.
RUN useradd --uid 10001 --no-create-home --shell /usr/sbin/nologin pleio-sync \
    && install -d -o pleio-sync -m 0700 /var/lib/pleio-profile-sync
ENV STATE_DIRECTORY=/var/lib/pleio-profile-sync
USER pleio-sync
WORKDIR /source
VOLUME /var/lib/pleio-profile-sync

ENTRYPOINT ["pleio-profile-sync-client"]
