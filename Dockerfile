# The image that runs the worker. Build: docker build -t boardsync .
# Run: docker run --env-file .env -v boardsync-data:/data -v "$PWD/mappings:/app/mappings:ro" boardsync

FROM node:24-slim AS build
WORKDIR /app
COPY package.json package-lock.json ./
RUN npm ci --no-audit --no-fund
COPY tsconfig.json tsconfig.build.json ./
COPY src ./src
RUN npm run -s build
# What the compiler needed stays behind, and the Node that npm brings: the image has its own.
RUN npm prune --omit=dev --omit=optional

FROM node:24-slim
ENV NODE_ENV=production \
    DATABASE_URL=sqlite:/data/boardsync.db \
    BOARDSYNC_MAPPINGS=/app/mappings \
    BOARDSYNC_HEALTH_HOST=0.0.0.0 \
    BOARDSYNC_HEALTH_PORT=8080
WORKDIR /app
COPY --from=build /app/package.json ./
COPY --from=build /app/node_modules ./node_modules
COPY --from=build /app/dist ./dist
COPY mappings ./mappings
RUN mkdir /data && chown node:node /data
USER node
VOLUME /data
EXPOSE 8080
# The first sync of a large org may keep the disk busy; a worker that stops on purpose answers 503.
HEALTHCHECK --interval=30s --timeout=5s --start-period=30s --retries=3 \
  CMD ["node", "-e", "fetch('http://127.0.0.1:'+process.env.BOARDSYNC_HEALTH_PORT+'/healthz').then(a=>process.exit(a.ok?0:1),()=>process.exit(1))"]
ENTRYPOINT ["node", "dist/cli/main.js"]
CMD ["start"]
