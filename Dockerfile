# One image for both services, the migration and the command line; docker-compose.yml says which program runs.
#
# The digest keeps the base from changing unseen. `docker buildx imagetools inspect node:26-bookworm-slim` shows the tag's
# current one: take it over with each security release. Another base: --build-arg NODE_IMAGE=...
ARG NODE_IMAGE=node:26-bookworm-slim@sha256:367679cf9792759492a486e4aa4b421764d71a9546a6dae8aab81a99eb797b3e

# Where npm needs settings of its own (a registry inside the company, a proxy), give them as a secret, which no layer
# keeps: docker build --secret id=npmrc,src=$HOME/.npmrc
FROM ${NODE_IMAGE} AS dependencies
WORKDIR /keyfold
COPY package.json package-lock.json .npmrc ./
# Native programs are optional packages (Argon2's is one), so those stay. TypeScript is an optional peer of one of ours.
RUN --mount=type=secret,id=npmrc,target=/root/.npmrc \
    npm ci --omit=dev --ignore-scripts --no-audit --no-fund \
 && rm -rf node_modules/typescript node_modules/@types node_modules/.bin \
 && find node_modules -type f '(' -name '*.d.ts' -o -name '*.d.mts' -o -name '*.d.cts' ')' -delete

FROM ${NODE_IMAGE} AS build
WORKDIR /keyfold
# Before the sources, so that an edit does not repeat it. No script of a package runs: the build needs none.
COPY package.json package-lock.json .npmrc ./
RUN --mount=type=secret,id=npmrc,target=/root/.npmrc \
    npm ci --ignore-scripts --no-audit --no-fund
COPY nest-cli.json tsconfig.json ./
COPY libs ./libs
COPY apps ./apps
RUN node_modules/.bin/nest build admin-service auth-gateway keyfold-cli \
 && node_modules/.bin/vite build apps/console \
 && chmod +x dist/apps/keyfold-cli/src/main.js

FROM ${NODE_IMAGE}
LABEL org.opencontainers.image.title="Keyfold" org.opencontainers.image.licenses="Apache-2.0"
ENV NODE_ENV=production
WORKDIR /keyfold
COPY --from=dependencies /keyfold/node_modules ./node_modules
COPY package.json LICENSE ./
COPY --from=build /keyfold/dist ./dist
COPY libs/event-store/migrations ./libs/event-store/migrations
COPY apps/admin-service/migrations ./apps/admin-service/migrations
COPY apps/auth-gateway/migrations ./apps/auth-gateway/migrations
COPY apps/auth-gateway/proto ./apps/auth-gateway/proto
# /data is what a service keeps for itself (the gateway's keys: for remembered proofs, and of each process); everything else is in Postgres. Mount a
# volume there. It is not declared as one: every migration would leave an anonymous volume behind.
RUN mkdir /data && chown node:node /data && ln -s /keyfold/dist/apps/keyfold-cli/src/main.js /usr/local/bin/keyfold
ENV KEYFOLD_DATA_DIR=/data KEYFOLD_HOST=0.0.0.0
USER node
# An image that lacks something fails here and not at its first start.
RUN ["node", "--input-type=module", "-e", "import { readFileSync } from 'node:fs'; for (const name of Object.keys(JSON.parse(readFileSync('package.json', 'utf8')).dependencies)) await import(name)"]
EXPOSE 3000 3001 3003 3100 3101 3102 3103
CMD ["node", "dist/apps/admin-service/src/main.js"]
