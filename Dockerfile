# The command as an image of Node, its libraries and nothing else: no shell, no package manager, no root.
#
#   docker build --tag rxjs-tcp .
#   docker run --rm --publish 50007:50007 --memory 256m --stop-timeout 15 rxjs-tcp
#
# --stop-timeout is longer than --grace, so that Docker kills only a process that hangs.

FROM node:24-trixie-slim AS build
WORKDIR /src
COPY package.json package-lock.json ./
RUN npm ci --ignore-scripts
COPY . .
RUN npm pack --pack-destination /tmp
# As a user installs the package, and what --metrics needs.
RUN npm install --prefix /app /tmp/rxjs-tcp-*.tgz prom-client@15

FROM gcr.io/distroless/nodejs24-debian13:nonroot
COPY --from=build /app /app
# A number: Kubernetes can tell that it is not root.
USER 65532:65532
ENV NODE_OPTIONS=--max-semi-space-size=4
EXPOSE 50007 9464
# Node is process 1 and gets the signals itself: SIGTERM starts a graceful shutdown.
ENTRYPOINT ["/nodejs/bin/node", "/app/node_modules/rxjs-tcp/dist/app/main.js"]
CMD ["serve", "--host", "0.0.0.0", "--metrics", "0.0.0.0:9464", "--log", "json"]
HEALTHCHECK --interval=10s --timeout=3s --start-period=5s \
  CMD ["/nodejs/bin/node", "--eval", "fetch('http://127.0.0.1:9464/healthz').then(({ ok }) => process.exit(ok ? 0 : 1), () => process.exit(1))"]
