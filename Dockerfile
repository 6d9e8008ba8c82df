# The server on the official Node image. There is no build step: Node runs the files of the repository.

FROM node:24-slim AS dependencies
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci --omit=dev

FROM node:24-slim
WORKDIR /app
COPY --from=dependencies /app/node_modules node_modules
COPY package.json package.json
COPY drizzle drizzle
COPY plugins plugins
COPY routes routes
COPY scripts scripts
COPY src src
COPY templates templates
RUN mkdir data && chown node:node data
USER node
ENV HOST=0.0.0.0
EXPOSE 5000
VOLUME /app/data
HEALTHCHECK --interval=10s --timeout=3s --start-period=10s \
  CMD ["node", "scripts/health.ts"]
CMD ["node", "--import", "./src/quick-imports.js", "src/server.ts"]
