# One image for both services and the migration; docker-compose.yml says which program runs.
FROM node:26-bookworm-slim AS build
WORKDIR /keyfold
COPY . .
# Also builds (`prepare`).
RUN npm ci
# Postgres for a single machine (optional packages) and the tools stay behind.
RUN npm prune --omit=dev --omit=optional --ignore-scripts

FROM node:26-bookworm-slim
ENV NODE_ENV=production
WORKDIR /keyfold
COPY --from=build /keyfold/package.json ./
COPY --from=build /keyfold/node_modules ./node_modules
COPY --from=build /keyfold/dist ./dist
COPY --from=build /keyfold/libs/event-store/migrations ./libs/event-store/migrations
COPY --from=build /keyfold/apps/admin-service/migrations ./apps/admin-service/migrations
COPY --from=build /keyfold/apps/auth-gateway/migrations ./apps/auth-gateway/migrations
COPY --from=build /keyfold/apps/auth-gateway/proto ./apps/auth-gateway/proto
# What a service keeps for itself (the gateway's key for remembered proofs); everything else is in Postgres.
RUN mkdir /data && chown node:node /data
ENV KEYFOLD_DATA_DIR=/data KEYFOLD_HOST=0.0.0.0
VOLUME /data
USER node
EXPOSE 3000 3001 3003 3100 3101 3102
CMD ["node", "dist/apps/admin-service/src/main.js"]
