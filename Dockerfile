# The service as an image: `docker build --tag orgflags .`. It runs as user 1000, and writes nothing but /data.
ARG NODE_VERSION=26.10.0

FROM node:${NODE_VERSION}-slim AS dependencies
WORKDIR /opt/orgflags
COPY package.json package-lock.json ./
RUN npm ci --omit=dev --ignore-scripts

FROM node:${NODE_VERSION}-slim AS package
WORKDIR /build
COPY package.json package-lock.json ./
RUN npm ci --ignore-scripts
COPY . .
# What users of npm get, unpacked: /build/package.
RUN npm pack && tar --extract --file orgflags-*.tgz

FROM node:${NODE_VERSION}-slim
RUN install --directory --owner 1000 --group 1000 --mode 0700 /data
COPY --from=dependencies /opt/orgflags/node_modules /opt/orgflags/node_modules
COPY --from=package /build/package /opt/orgflags
ENV NODE_ENV=production ORGFLAGS_HOST=0.0.0.0 ORGFLAGS_DB=/data/orgflags.db
# By number, so that Kubernetes can see that it is not root.
USER 1000:1000
# SQLite puts temporary files into the working folder where it finds no other that it can write.
WORKDIR /data
VOLUME /data
EXPOSE 8080
HEALTHCHECK --interval=30s --timeout=10s --start-period=60s --retries=3 CMD ["node", "/opt/orgflags/dist/src/main.js", "health"]
# Not by npm or npx, which do not pass signals on.
ENTRYPOINT ["node", "/opt/orgflags/dist/src/main.js"]
CMD ["serve"]
